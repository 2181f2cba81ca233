namespace GpuLstm.Runtime.Formats.Onnx.Reading;

/// <summary>What a tensor of a graph is, as far as it matters to an LSTM network.</summary>
internal abstract record OnnxValue;

/// <summary>Nothing that is followed; only what the output needs must not be.</summary>
internal sealed record Unknown(string Why) : OnnxValue;

/// <summary>A tensor of any shape whose elements are all the same, such as an initial state of zeros.</summary>
internal sealed record Filled(Size Value) : OnnxValue;

/// <summary>A vector of integers, or a single one: sizes, axes, indices.</summary>
internal sealed record Integers(Size[] Values, bool IsScalar = false) : OnnxValue
{
    /// <exception cref="NotFollowedException">One depends on the input's sizes.</exception>
    public long[] Known() => Array.ConvertAll(Values, value => value.IsKnown ? value.Count
        : throw new NotFollowedException("takes numbers that depend on the input's sizes"));
}

/// <summary>Constant floats.</summary>
internal sealed record Constant(Tensor Tensor) : OnnxValue;

/// <summary>Values that follow from the input: outputs of one or several directions of layers.</summary>
/// <param name="Entries">Whose outputs, in the order of the factor <see cref="Factor.Entry"/>; one where no axis has
/// it.</param>
/// <param name="Axes">Of each axis its factors, the slowest first; none: its size is 1.</param>
internal sealed record Flow(Entry[] Entries, Factor[][] Axes) : OnnxValue
{
    /// <summary>How many parts the entries are in, where an axis tells them apart: layers of directions.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Whether a softmax has been taken: these are the answers, and no layer reads them.</summary>
    public bool IsSoftmax { get; init; }

    public bool Has(Factor factor) => Axes.Any(axis => axis.Contains(factor));

    public Flow With(int axis, Factor[] factors) =>
        this with { Axes = [.. Axes.Select((old, i) => i == axis ? factors : old)] };

    /// <summary>Whether the last axis is all of the entries' units, one entry's after the other's.</summary>
    public bool EndsInUnits =>
        Groups == 1 && (Axes is [.., [Factor.Unit]] && Entries.Length == 1
            || Axes is [.., [Factor.Entry, Factor.Unit]]);
}

/// <summary>What an axis is made of.</summary>
internal enum Factor
{
    /// <summary>The input's first axis: samples or steps, which the LSTM decides.</summary>
    First,

    /// <summary>The input's second axis.</summary>
    Second,

    /// <summary>Parts of the entries, where they are in several.</summary>
    Group,

    /// <summary>Directions of layers.</summary>
    Entry,

    /// <summary>Units of a layer, or the input's features.</summary>
    Unit,
}

/// <summary>One direction of a layer's outputs.</summary>
/// <param name="Point">The layer.</param>
/// <param name="Direction">0: the first; 1: the second.</param>
internal readonly record struct Entry(int Point, int Direction, Moment When);

/// <summary>Which steps of an output a value has.</summary>
internal enum Moment
{
    All,

    /// <summary>What a direction ends with.</summary>
    Final,

    First,
    Last,
}

/// <summary>A size: a number times powers of the input's first two sizes, where those are free.</summary>
internal readonly record struct Size(long Count, int First = 0, int Second = 0)
{
    public bool IsKnown => First == 0 && Second == 0;

    public static implicit operator Size(long count) => new(count);

    public static Size operator *(Size a, Size b) =>
        new(checked(a.Count * b.Count), a.First + b.First, a.Second + b.Second);
}

/// <summary>A node does what is not followed; the message goes after "its node ...".</summary>
internal sealed class NotFollowedException(string message) : Exception(message);
