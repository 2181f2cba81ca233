using System.Linq.Expressions;
using GpuLstm.Kernels.Gpu;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>ILGPU's launchers of our kernels on one accelerator. Each is made, and its kernel compiled, when it is
/// first asked for; it is asked for just before a launch, which is so counted, timed and named where that is
/// wanted.</summary>
internal sealed partial class KernelLaunchers(GpuEngine engine)
{
    private const int RangeGroup = 256; // items of a group of a kernel over a range

    private readonly List<(string Kernel, ProfilingMarker Start)> _launches = [];
    private Delegate? _last;
    private bool _profiling;

    /// <summary>Told of every kernel when an engine first loads it.</summary>
    internal static Action<KernelEntry> Loaded { get; set; } = _ => { };

    /// <summary>Whether launches are timed.</summary>
    public bool IsProfiling => _profiling;

    /// <summary>The kernel launched last, for people; null before the first.</summary>
    public string? Last => _last == null ? null : KernelTable.Entry(_last.Method).Name;

    private T Get<T>(ref T? launcher, Delegate kernel) where T : Delegate
    {
        engine.CheckFaults();
        launcher ??= Load<T>(KernelTable.Entry(kernel.Method));
        _last = kernel;
        if (_profiling)
            _launches.Add((Last!, engine.Stream.AddProfilingMarker()));
        return launcher;
    }

    /// <exception cref="DeviceException">The kernel cannot be compiled for the device.</exception>
    private T Load<T>(KernelEntry entry) where T : Delegate
    {
        Loaded(entry);
        Accelerator accelerator = engine.Accelerator;
        // Items of ILGPU's CPU accelerator are threads: the fewer the better.
        int group = accelerator.AcceleratorType == AcceleratorType.CPU ? accelerator.WarpSize
            : Math.Min(RangeGroup, accelerator.MaxNumThreadsPerGroup);
        try
        {
            T launcher = entry.IsOverRange ? accelerator.LoadImplicitlyGroupedKernel<T>(entry.Method, group)
                : accelerator.LoadKernel<T>(entry.Method,
                    accelerator.AcceleratorType == AcceleratorType.CPU
                    ? KernelSpecialization.Empty : entry.Specialization);
            engine.Prepare(launcher.GetKernel());
            return Guarded(entry.IsCooperative ? engine.Cooperative(launcher) : launcher, entry.Name);
        }
        catch (Exception e) when (e is AcceleratorException or InternalCompilerException or NotSupportedException)
        {
            throw new DeviceException(
                $"The kernel {entry.Name} could not be compiled for {accelerator.Name}: "
                + (e.InnerException ?? e).Message, e);
        }
    }

    /// <summary>A launcher whose failures are ours.</summary>
    private T Guarded<T>(T launcher, string kernel) where T : Delegate
    {
        ParameterExpression[] arguments =
            [.. typeof(T).GetMethod("Invoke")!.GetParameters().Select(p => Expression.Parameter(p.ParameterType))];
        ParameterExpression failure = Expression.Parameter(typeof(AcceleratorException));
        Func<AcceleratorException, string, DeviceException> translate = engine.Failure;
        return Expression.Lambda<T>(
            Expression.TryCatch(
                Expression.Invoke(Expression.Constant(launcher), arguments),
                Expression.Catch(failure, Expression.Throw(Expression.Invoke(
                    Expression.Constant(translate), failure, Expression.Constant(kernel))))),
            arguments).Compile();
    }

    /// <summary>From now on launches are timed.</summary>
    public void BeginProfile() => _profiling = true;

    /// <summary>What the launches since <see cref="BeginProfile"/> took. A launch's time reaches from its marker to the
    /// next one's, so the host's way from one to the other is in it: some microseconds.</summary>
    public IReadOnlyList<KernelTime> EndProfile()
    {
        _profiling = false;
        using ProfilingMarker end = engine.Stream.AddProfilingMarker();
        var times = _launches.Select((launch, i) => (launch.Kernel,
            (i + 1 < _launches.Count ? _launches[i + 1].Start : end).MeasureFrom(launch.Start).TotalSeconds)).ToList();
        foreach ((_, ProfilingMarker start) in _launches)
            start.Dispose();
        _launches.Clear();
        return KernelTime.Sum(times);
    }
}
