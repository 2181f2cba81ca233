using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Debug;

/// <summary>Runs a kernel's C# as it is, one group after another, one item at a time: deterministic, with every index
/// checked, barriers that notice who is missing, and breakpoints wherever they are set.</summary>
public sealed class DebugLauncher : IKernelLauncher, IDisposable
{
    private readonly WorkGroup group = new();

    public void Launch(KernelDescriptor kernel, in KernelConfig config, ReadOnlySpan<KernelArgument> arguments)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        KernelArgument[] copy = arguments.ToArray();
        Index3D grid = config.GridDim;
        for (int z = 0; z < grid.Z; z++)
            for (int y = 0; y < grid.Y; y++)
                for (int x = 0; x < grid.X; x++)
                    group.Run(kernel, copy, config, new Index3D(x, y, z));
    }

    public void Launch(KernelDescriptor kernel, Index3D extent, ReadOnlySpan<KernelArgument> arguments) =>
        Launch(kernel, new KernelConfig(extent, new Index3D(1, 1, 1)), arguments); // groups of one need no threads

    public void Dispose() => group.Dispose();
}
