using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>Launches of one kernel whose groups wait for each other, so that all must run at once; ILGPU's launchers do
/// not promise that. Parameters lie as in ILGPU's PTX: a view is an address and a length.</summary>
internal sealed unsafe class CooperativeLaunch
{
    private readonly CudaEngine _engine;
    private readonly CudaKernel _kernel;
    private readonly Parameter[] _parameters; // pinned, and so the addresses of each
    private readonly nint[] _addresses;

    private CooperativeLaunch(CudaEngine engine, CudaKernel kernel, int parameters)
    {
        (_engine, _kernel) = (engine, kernel);
        _parameters = GC.AllocateArray<Parameter>(parameters, pinned: true);
        _addresses = GC.AllocateArray<nint>(parameters, pinned: true);
        for (int i = 0; i < parameters; i++)
            _addresses[i] = (nint)Unsafe.AsPointer(ref _parameters[i]);
    }

    private record struct Parameter(long AddressOrNumber, long Length);

    /// <summary>A launcher as ILGPU's: a stream, a configuration, and the kernel's parameters.</summary>
    public static T Launcher<T>(CudaEngine engine, CudaKernel kernel) where T : Delegate
    {
        ParameterExpression[] all =
            [.. typeof(T).GetMethod("Invoke")!.GetParameters().Select(p => Expression.Parameter(p.ParameterType))];
        ParameterExpression[] own = all[2..];
        Expression launch = Expression.Constant(new CooperativeLaunch(engine, kernel, own.Length));
        IEnumerable<Expression> sets = own.Select((parameter, i) => parameter.Type.IsGenericType
            ? Expression.Call(launch, nameof(SetView), parameter.Type.GetGenericArguments(),
                Expression.Constant(i), parameter)
            : Expression.Call(launch, nameof(SetNumber), null, Expression.Constant(i), parameter));
        return Expression.Lambda<T>(
            Expression.Block([.. sets, Expression.Call(launch, nameof(Launch), null, all[1])]), all).Compile();
    }

    private void SetView<T>(int place, ArrayView<T> view) where T : unmanaged =>
        _parameters[place] = new(view.IsValid ? view.LoadEffectiveAddressAsPtr() : 0, view.Length);

    private void SetNumber(int place, int number) => _parameters[place] = new(number, 0);

    private void Launch(KernelConfig config)
    {
        using var binding = _engine.Enter();
        (Index3D grid, Index3D group) = (config.GridDim, config.GroupDim);
        fixed (nint* addresses = _addresses)
            _engine.Check(
                cuLaunchCooperativeKernel(_kernel.FunctionPtr, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)group.X,
                    (uint)group.Y, (uint)group.Z, (uint)config.SharedMemoryConfig.ArraySize, _engine.StreamHandle,
                    addresses),
                nameof(cuLaunchCooperativeKernel));
    }
}
