using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>A launch's arguments as the driver takes them: an array of the addresses of their values.</summary>
public static unsafe class CudaArguments
{
    private const int PerView = 3, Extra = 4; // the extents of a range, the bytes of dynamic shared memory

    /// <summary>How many values a launch has at most.</summary>
    public static int MaxCount(KernelDescriptor kernel) => PerView * kernel.Parameters.Count + Extra;

    /// <summary>Writes the values, in the order in which <see cref="KernelDescriptor"/> says that the text takes
    /// them.</summary>
    public static void Write(
        KernelDescriptor kernel, ReadOnlySpan<KernelArgument> arguments, Index3D extent, long sharedBytes,
        UInt128* values, void** addresses)
    {
        int count = 0;
        void Add<T>(T value) where T : unmanaged
        {
            *(T*)(values + count) = value;
            addresses[count] = values + count;
            count++;
        }

        for (int i = 0; i < arguments.Length; i++)
        {
            KernelParameter parameter = kernel.Parameters[i];
            if (parameter.Kind == KernelParameterKind.View)
            {
                Add(arguments[i].Buffer?.Handle ?? 0);
                Add(arguments[i].ByteOffset / parameter.Size);
                Add(arguments[i].Length);
            }
            else if (parameter.Kind == KernelParameterKind.Value)
                Add(arguments[i].Value<UInt128>());
        }
        for (int axis = 0; axis < kernel.IndexDimensions; axis++)
            Add(axis == 0 ? extent.X : axis == 1 ? extent.Y : extent.Z);
        if (kernel.UsesDynamicShared)
            Add(sharedBytes);
    }
}

/// <summary>How a kernel over a range is cut into groups.</summary>
public static class CudaRange
{
    private const int Items = 256, Warp = 32;

    /// <summary>Groups of 256 items, as wide as X needs in whole warps; the rest lies along Y.</summary>
    public static KernelConfig Config(Index3D extent)
    {
        int width = Warp;
        while (width < Items && width < extent.X)
            width *= 2;
        Index3D group = new(width, extent.Y > 1 ? Items / width : 1, 1);
        return new(new Index3D(Groups(extent.X, group.X), Groups(extent.Y, group.Y), extent.Z), group);
    }

    private static int Groups(int items, int ofGroup) => (int)(((long)items + ofGroup - 1) / ofGroup);
}
