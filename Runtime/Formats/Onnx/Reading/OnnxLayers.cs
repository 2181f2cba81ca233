using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Formats.Onnx.Reading;

/// <summary>A layer of a graph.</summary>
/// <param name="Source">What it reads; null: it is the graph's input.</param>
/// <param name="Units">Size of one direction's outputs.</param>
internal abstract record Point(Flow? Source, long Units);

internal sealed record InputPoint(long Units) : Point(null, Units);

/// <param name="Bias">Null: none has been added yet.</param>
internal sealed record LinearPoint(Flow From, Tensor Weight, Tensor? Bias) : Point(From, Weight.Shape[0]);

/// <param name="IsReverse">Whether its only direction reads from the last step on.</param>
/// <param name="Slope">Of hard sigmoid gates; 0: sigmoids.</param>
internal sealed record LstmPoint(Flow From, LstmLayer Layer, bool IsReverse, float Slope)
    : Point(From, Layer.Forward.HiddenSize)
{
    /// <summary>Whether a direction ends there.</summary>
    public bool EndsAt(int direction, Moment end) =>
        end == (IsReverse || direction == 1 ? Moment.First : Moment.Last);
}

/// <summary>The layers that a graph's nodes are, and their order.</summary>
/// <param name="sizes">Of the input's first two axes; null: free.</param>
internal sealed class OnnxLayers(long?[] sizes)
{
    private const int Gates = 4;
    private static readonly int[] s_gates = [0, 2, 3, 1]; // where ours, i, f, g, o, lie in ONNX's i, o, f, c

    private readonly List<Point> _points = [];
    private Factor? _time; // which of the input's axes the LSTM takes for time

    public Point this[Entry entry] => _points[entry.Point];

    public Entry Add(Point point, Moment when)
    {
        _points.Add(point);
        return new(_points.Count - 1, 0, when);
    }

    public bool IsTime(Factor[] axis) => axis is [var only] && only == _time;

    /// <summary>Whether a size is that of the time axis.</summary>
    public bool IsSteps(Size size) => _time is { } time && size == (sizes[(int)time] is { } known ? known
        : new Size(1, time == Factor.First ? 1 : 0, time == Factor.Second ? 1 : 0));

    /// <summary>A Linear without a bias.</summary>
    /// <param name="weight">[out, in].</param>
    public Flow Linear(Flow source, Tensor weight)
    {
        if (!source.EndsInUnits || source.IsSoftmax || weight.Shape is not [> 0, > 0])
            throw new NotFollowedException("multiplies what are not a layer's outputs by a matrix");
        bool hasSteps = _time is { } time ? source.Has(time) : true;
        Entry entry = Add(new LinearPoint(source, weight, null), hasSteps ? Moment.All : Moment.Final);
        return new([entry], [.. source.Axes[..^1], [Factor.Unit]]);
    }

    /// <summary>The bias of a Linear.</summary>
    public Flow Bias(Flow product, Tensor bias)
    {
        if (product.Entries is not [var entry] || this[entry] is not LinearPoint { Bias: null } linear
            || product.IsSoftmax || product.Axes is not [.., [Factor.Unit]] || bias.Values.Length != linear.Units
            || bias.Shape.Length > 0 && bias.Shape[^1] != linear.Units)
            throw new NotFollowedException("adds constants that are no Linear's bias");
        return product with { Entries = [Add(linear with { Bias = bias }, entry.When)] };
    }

    /// <summary>ONNX's LSTM (https://onnx.ai/onnx/operators/onnx__LSTM.html) without what is optional.</summary>
    /// <param name="x">[T, N, I], or with the batch first [N, T, I].</param>
    /// <returns>Y [T, D, N, H] or [N, T, D, H]; Y_h [D, N, H] or [N, D, H].</returns>
    public (Flow Y, Flow Final) Lstm(
        Flow x, Tensor w, Tensor r, Tensor? b, string direction, bool batchFirst, float slope)
    {
        if (x.Axes.Length != 3 || !x.EndsInUnits || x.IsSoftmax
            || x.Axes[batchFirst ? 1 : 0] is not [Factor.First or Factor.Second]
            || x.Axes[batchFirst ? 0 : 1] is not ([] or [Factor.First or Factor.Second]))
            throw new NotFollowedException("reads what is not [steps, batch, features]");
        Factor[] time = x.Axes[batchFirst ? 1 : 0], batch = x.Axes[batchFirst ? 0 : 1];
        if (_time is { } known && known != time[0])
            throw new NotFollowedException("takes the batch for time");
        _time = time[0];
        int directions = direction == "bidirectional" ? 2 : 1;
        if (w.Shape is not [var d, > 0 and var rows, > 0 and var inputs] || d != directions || rows % Gates != 0
            || r.Shape is not [var rd, var rr, var hidden] || rd != d || rr != rows || hidden != rows / Gates
            || b != null && (b.Shape is not [var bd, var both] || bd != d || both != 2 * rows))
            throw new NotFollowedException("has weights of other shapes than an LSTM's");
        LstmWeights[] weights = [.. Enumerable.Range(0, directions).Select(i => new LstmWeights(
            Part(w, i, 0, rows, inputs), Part(r, i, 0, rows, hidden), Bias(b, i, 0, rows)!,
            b == null || b.Values.AsSpan((int)((2 * i + 1) * rows), (int)rows).IndexOfAnyExcept(0f) < 0 ? null
                : Bias(b, i, 1, rows), WeightHr: null))];
        LstmPoint point = new(x, new(weights[0], directions == 2 ? weights[1] : null), direction == "reverse", slope);
        Entry entry = Add(point, Moment.All);
        Entry[] entries = [.. Enumerable.Range(0, directions).Select(i => entry with { Direction = i })];
        Entry[] final = Array.ConvertAll(entries, e => e with { When = Moment.Final });
        Factor[] each = [Factor.Entry], units = [Factor.Unit];
        return batchFirst
            ? (new(entries, [batch, time, each, units]), new(final, [batch, each, units]))
            : (new(entries, [time, each, batch, units]), new(final, [each, batch, units]));
    }

    /// <summary>The network whose answers a flow is.</summary>
    /// <exception cref="NotFollowedException">It is none of ours.</exception>
    public ForeignNetwork Network(Flow output, Func<string, FileFormatException> refuse)
    {
        if (output.Entries is not [var answer] || this[answer] is not LinearPoint fc || !output.EndsInUnits)
            throw new NotFollowedException("is no Linear's, so that it answers no classes");
        if (_points[fc.From.Entries[0].Point] is not LstmPoint top)
            throw new NotFollowedException("is not that of one Linear after the LSTM layers");
        bool everyStep = _time is { } time && output.Has(time);
        CheckAll(fc.From, top, everyStep || answer.When is Moment.First or Moment.Last ? answer.When : null);
        List<LstmLayer> layers = [];
        Point below = top;
        for (; below is LstmPoint lstm; below = this[lstm.From.Entries[0]])
        {
            if (lstm.Slope != top.Slope)
                throw new NotFollowedException("has layers of other gate functions");
            if (lstm.IsReverse && (lstm != top || this[lstm.From.Entries[0]] is LstmPoint || everyStep))
                throw new NotFollowedException("has an LSTM that reads backwards alone beside others");
            if (this[lstm.From.Entries[0]] is LstmPoint before)
                CheckAll(lstm.From, before, Moment.All);
            layers.Insert(0, lstm.Layer);
        }
        LinearPoint? pre = below as LinearPoint;
        if ((pre == null ? below : this[pre.From.Entries[0]]) is not InputPoint || pre?.From.Entries.Length > 1)
            throw new NotFollowedException("is of more Linear layers than one before the LSTM and one after it");
        LstmModel model = ModelAssembly.Chain(pre == null ? null : Weights(pre), layers, Weights(fc), refuse);
        return new(model, top.Slope, everyStep ? Head.StepClasses : Head.Class, (int?)sizes[(int)_time!])
        {
            IsBackwards = top.IsReverse,
        };
    }

    /// <summary>That a layer's outputs are read whole: all directions in their order.</summary>
    /// <param name="when">The steps that must be read; null: what each direction ends with.</param>
    private static void CheckAll(Flow read, LstmPoint layer, Moment? when)
    {
        int directions = layer.Layer.Directions.Count;
        bool isWhole = read.Entries.Length == directions;
        for (int i = 0; i < read.Entries.Length && isWhole; i++)
        {
            Entry entry = read.Entries[i];
            isWhole = entry.Point == read.Entries[0].Point && entry.Direction == i && (when switch
            {
                null => entry.When == Moment.Final || layer.EndsAt(i, entry.When),
                Moment.All => entry.When == Moment.All,
                { } end => entry.When == Moment.All && directions == 1 && layer.EndsAt(i, end),
            });
        }
        if (!isWhole)
            throw new NotFollowedException("reads other outputs of an LSTM than all directions at every step, or what "
                + "each of them ends with");
    }

    private static LinearWeights Weights(LinearPoint linear) =>
        new(linear.Weight, linear.Bias is { } bias ? new(bias.Name, [linear.Units], bias.Values)
            : new("bias", [linear.Units], new float[linear.Units]));

    /// <summary>A direction's rows in our order of gates.</summary>
    private static Tensor Part(Tensor all, int direction, int part, long rows, long columns, int parts = 1)
    {
        int gate = (int)(rows / Gates * columns), start = (int)((direction * parts + part) * rows * columns);
        return new(all.Name, parts > 1 ? [rows] : [rows, columns],
            [.. s_gates.SelectMany(g => all.Values[(start + g * gate)..(start + (g + 1) * gate)])]);
    }

    private static Tensor? Bias(Tensor? b, int direction, int part, long rows) => b != null
        ? Part(b, direction, part, rows, 1, parts: 2) : new("bias", [rows], new float[rows]);
}
