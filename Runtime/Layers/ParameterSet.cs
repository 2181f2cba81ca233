using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Formats;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Layers;

/// <summary>A parameter's name (PyTorch's state_dict name) and shape.</summary>
public sealed record ParameterSpec(string Name, params long[] Shape)
{
    public long Count { get; } = Shape.Aggregate(1L, (a, b) => checked(a * b));

    /// <summary>As people write it: 512x28.</summary>
    public string ShapeText => string.Join('x', Shape);
}

/// <summary>All parameters of a network in ONE flat device buffer, each a named view aligned to 64 bytes, and their
/// gradients likewise: one all-reduce, one norm and one optimiser step serve them all. The gaps stay zero.</summary>
public sealed class ParameterSet : IDisposable
{
    private const long AlignmentFloats = 16;

    private readonly Dictionary<string, (long Offset, long Count)> _places = [];
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _values;
    private readonly MemoryBuffer1D<float, Stride1D.Dense>? _gradients;

    /// <param name="training">Whether gradients are kept.</param>
    public ParameterSet(Engine engine, IReadOnlyList<ParameterSpec> specs, bool training)
    {
        (Engine, Specs) = (engine, specs);
        foreach (ParameterSpec spec in specs)
        {
            _places.Add(spec.Name, (Length, spec.Count));
            Length += (spec.Count + AlignmentFloats - 1) / AlignmentFloats * AlignmentFloats;
        }
        _values = engine.Allocate<float>(Length);
        _gradients = training ? engine.Allocate<float>(Length) : null;
    }

    /// <summary>Whose memory the parameters lie in.</summary>
    public Engine Engine { get; }

    public IReadOnlyList<ParameterSpec> Specs { get; }

    /// <summary>Floats of the flat buffer, gaps included.</summary>
    public long Length { get; }

    /// <summary>Trainable numbers.</summary>
    public long Count => Specs.Sum(s => s.Count);

    public ArrayView<float> Values => _values.View;

    /// <exception cref="InvalidOperationException">The set was made for inference.</exception>
    public ArrayView<float> Gradients =>
        (_gradients ?? throw new InvalidOperationException("An inference network has no gradients.")).View;

    public bool Has(string name) => _places.ContainsKey(name);

    public ArrayView<float> Value(string name) => Values.Slice(_places[name].Offset, _places[name].Count);

    public ArrayView<float> Gradient(string name) => Gradients.Slice(_places[name].Offset, _places[name].Count);

    /// <summary>As <see cref="Gradient"/>, absent in a set made for inference.</summary>
    public ArrayView<float> GradientOrAbsent(string name) => _gradients == null ? default : Gradient(name);

    /// <summary>A copy on the host of a flat buffer laid out as the parameters are: themselves, their gradients or
    /// moments.</summary>
    public IReadOnlyList<Tensor> ToTensors(ArrayView<float> flat) =>
        [.. Specs.Select(s => new Tensor(s.Name, s.Shape, Engine.Read(flat.Slice(_places[s.Name].Offset, s.Count))))];

    /// <summary>The inverse of <see cref="ToTensors"/>.</summary>
    /// <exception cref="FileFormatException">A parameter has no tensor of its name and shape.</exception>
    public void FromTensors(IReadOnlyList<Tensor> tensors, ArrayView<float> flat)
    {
        foreach (ParameterSpec spec in Specs)
            Engine.Write<float>(flat.Slice(_places[spec.Name].Offset, spec.Count),
                tensors.FirstOrDefault(t => t.Name == spec.Name && t.Shape.SequenceEqual(spec.Shape))?.Values
                ?? throw new FileFormatException($"The tensor '{spec.Name}' of shape {spec.ShapeText} is missing."));
    }

    /// <summary>The parameter that an offset of the flat buffer lies in.</summary>
    public string NameAt(long offset) => Specs.Last(s => _places[s.Name].Offset <= offset).Name;

    public void Dispose()
    {
        _values.Dispose();
        _gradients?.Dispose();
    }
}
