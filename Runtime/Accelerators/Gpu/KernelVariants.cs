using System.Globalization;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Kernels in memory: one for each group size and set of specialised values that was asked for.</summary>
/// <param name="build">Compiles a kernel with definitions as <c>NAME=value</c>.</param>
internal sealed class KernelVariants<T>(Func<KernelDescriptor, IReadOnlyList<string>, T> build) : IDisposable
    where T : class, IDisposable
{
    private readonly Dictionary<KernelDescriptor, List<Variant>> _variants = new(ReferenceEqualityComparer.Instance);
    private readonly Lock _lock = new();

    private sealed record Variant(Index3D Group, int[] Specialized, T Kernel);

    /// <summary>The kernel for this group and these specialised values; builds it the first time, and allocates nothing
    /// after it.</summary>
    public T Get(KernelDescriptor kernel, Index3D group, ReadOnlySpan<KernelArgument> arguments)
    {
        Span<int> values = stackalloc int[kernel.Parameters.Count];
        int count = 0;
        for (int i = 0; i < kernel.Parameters.Count; i++)
            if (kernel.Parameters[i].Kind == KernelParameterKind.Specialized)
                values[count++] = arguments[i].Value<int>();
        values = values[..count];
        lock (_lock)
        {
            if (_variants.TryGetValue(kernel, out List<Variant>? variants))
                foreach (Variant variant in variants)
                    if (variant.Group == group && values.SequenceEqual(variant.Specialized))
                        return variant.Kernel;
            T built = build(kernel, [.. Definitions(kernel, group, values.ToArray())]);
            if (variants is null)
                _variants[kernel] = variants = [];
            variants.Add(new(group, values.ToArray(), built));
            return built;
        }
    }

    private static IEnumerable<string> Definitions(KernelDescriptor kernel, Index3D group, int[] values) =>
    [
        Definition("GROUP_X", group.X), Definition("GROUP_Y", group.Y), Definition("GROUP_Z", group.Z),
        .. kernel.Parameters.Where(parameter => parameter.Kind == KernelParameterKind.Specialized)
            .Zip(values, (parameter, value) => Definition($"SPECIALIZED_{parameter.Name}", value)),
    ];

    private static string Definition(string name, int value) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}={value}");

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (Variant variant in _variants.Values.SelectMany(variants => variants))
                variant.Kernel.Dispose();
            _variants.Clear();
        }
    }
}
