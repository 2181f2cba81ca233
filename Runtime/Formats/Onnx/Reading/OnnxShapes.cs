namespace GpuLstm.Runtime.Formats.Onnx.Reading;

/// <summary>What nodes that move axes about do to values that follow from the input.</summary>
/// <param name="sizes">Of the input's first two axes; null: free. A reshape that makes rows of images tells the
/// second.</param>
internal sealed class OnnxShapes(OnnxLayers layers, long?[] sizes)
{
    /// <summary>Where an axis is counted from its end.</summary>
    public static int Axis(long axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis)
        : throw new NotFollowedException($"names axis {axis} of {rank}");

    /// <summary>Part of an axis as Slice takes it: from the end where negative, cut where it lies beyond.</summary>
    public static Range Range(long start, long end, int size)
    {
        int from = (int)Math.Clamp(start < 0 ? start + size : start, 0, size);
        return from..Math.Max(from, (int)Math.Clamp(end < 0 ? end + size : end, 0, size));
    }

    public Integers Shape(Flow flow) => new([.. flow.Axes.Select(axis => Product(axis, flow))]);

    public static Flow Transpose(Flow flow, int[] permutation) =>
        flow with { Axes = [.. permutation.Select(axis => flow.Axes[axis])] };

    public Flow Squeeze(Flow flow, long[]? axes)
    {
        int rank = flow.Axes.Length;
        int[] given = axes == null ? [.. Enumerable.Range(0, rank).Where(i => IsOne(flow.Axes[i], flow))]
            : [.. axes.Select(axis => Axis(axis, rank))];
        if (given.Any(axis => !IsOne(flow.Axes[axis], flow)) || axes == null && flow.Axes.Any(a => IsOneOfInput(a)))
            throw new NotFollowedException("takes an axis away that is more than 1");
        return flow with { Axes = [.. flow.Axes.Where((_, i) => !given.Contains(i))] };
    }

    public static Flow Unsqueeze(Flow flow, long[] axes)
    {
        List<Factor[]> all = [.. flow.Axes];
        foreach (int axis in axes.Select(axis => Axis(axis, flow.Axes.Length + axes.Length)).Order())
            all.Insert(Math.Min(axis, all.Count), []);
        return flow with { Axes = [.. all] };
    }

    /// <summary>Puts the same factors together otherwise.</summary>
    /// <param name="target">-1: what is left, 0: as before.</param>
    public Flow Reshape(Flow flow, Size[] target)
    {
        if (SplitsImages(flow, target) is { } images)
            return images;
        flow = WithGroups(flow, target);
        List<Factor> left = [.. flow.Axes.SelectMany(axis => axis)];
        Factor[][] axes = new Factor[target.Length][];
        int free = Array.IndexOf(target, -1);
        for (int i = 0; i < (free < 0 ? target.Length : free); i++)
            axes[i] = Take(left, Target(flow, target, i), flow, fromEnd: false);
        for (int i = target.Length - 1; i > free && free >= 0; i--)
            axes[i] = Take(left, Target(flow, target, i), flow, fromEnd: true);
        if (free >= 0)
            axes[free] = [.. left];
        else if (left.Count > 0)
            throw new NotFollowedException("reshapes to another size");
        return flow with { Axes = axes };
    }

    public static Flow Flatten(Flow flow, long axis)
    {
        int at = axis == flow.Axes.Length ? (int)axis : Axis(axis, flow.Axes.Length);
        return flow with { Axes = [[.. flow.Axes[..at].SelectMany(a => a)], [.. flow.Axes[at..].SelectMany(a => a)]] };
    }

    /// <summary>Part of an axis.</summary>
    /// <param name="end">Beyond the end: all that follows.</param>
    public Flow Slice(Flow flow, int axis, long start, long end)
    {
        Factor[] factors = flow.Axes[axis];
        long? size = Product(factors, flow) is { IsKnown: true } known ? known.Count : null;
        bool toEnd = end >= int.MaxValue || end == size;
        if (size is { } n)
            (start, end) = (Math.Clamp(start < 0 ? start + n : start, 0, n), Math.Clamp(end < 0 ? end + n : end, 0, n));
        if (start == 0 && toEnd)
            return flow;
        if (layers.IsTime(factors))
            return (start == -1 || start == size - 1) && toEnd ? At(flow, Moment.Last).With(axis, [])
                : start == 0 && end == 1 ? At(flow, Moment.First).With(axis, [])
                : throw new NotFollowedException("takes other steps than all, the first or the last");
        if (factors is [Factor.Group])
            return Group(flow, start, end).With(axis, []);
        long unit = flow.Groups > 1 ? throw new NotFollowedException("takes a part of several layers")
            : factors is [Factor.Entry, Factor.Unit] ? layers[flow.Entries[0]].Units
            : factors is [Factor.Entry] ? 1
            : throw new NotFollowedException("takes a part of what is read whole");
        if (start % unit != 0 || end % unit != 0 || start >= end)
            throw new NotFollowedException("takes a part of a direction's units");
        return flow with { Entries = flow.Entries[(int)(start / unit)..(int)(end / unit)] };
    }

    /// <summary>Some of an axis.</summary>
    public Flow Gather(Flow flow, int axis, Integers indices)
    {
        Factor[] factors = flow.Axes[axis];
        Flow taken;
        if (factors is [Factor.Entry] && flow.Groups == 1)
            taken = flow with
            {
                Entries = [.. indices.Known().Select(i => flow.Entries[Axis(i, flow.Entries.Length)])],
            };
        else if ((layers.IsTime(factors) || factors is [Factor.Group]) && indices.Known() is [var step])
            taken = Slice(flow, axis, step, step == -1 ? long.MaxValue : step + 1);
        else
            throw new NotFollowedException("picks what is not followed");
        return indices.IsScalar ? taken with { Axes = [.. taken.Axes.Where((_, i) => i != axis)] } : taken;
    }

    /// <summary>Outputs of several directions or layers side by side.</summary>
    public Flow Concat(Flow[] flows, int axis)
    {
        if (flows.Length == 1)
            return flows[0];
        Factor[] Joined(Factor[] own) => own switch
        {
            [] or [Factor.Entry] => [Factor.Entry],
            [Factor.Unit] or [Factor.Entry, Factor.Unit] => [Factor.Entry, Factor.Unit],
            _ => throw new NotFollowedException("joins what is not followed"),
        };
        Factor[] joined = Joined(flows[0].Axes[axis]);
        foreach (Flow flow in flows)
            if (flow.IsSoftmax || flow.Groups > 1 || flow.Axes.Length != flows[0].Axes.Length
                || !Joined(flow.Axes[axis]).SequenceEqual(joined)
                || flow.Axes.Where((other, i) => i != axis
                    && (other.Contains(Factor.Entry) || !other.SequenceEqual(flows[0].Axes[i]))).Any()
                || layers[flow.Entries[0]].Units != layers[flows[0].Entries[0]].Units
                || !flow.Axes[axis].Contains(Factor.Entry) && flow.Entries.Length > 1)
                throw new NotFollowedException("joins what does not fit");
        return new Flow([.. flows.SelectMany(flow => flow.Entries)], flows[0].Axes).With(axis, joined);
    }

    /// <summary>The input's rows of pixels where it has them in one axis: [N, 784] to [N, 28, 28].</summary>
    private Flow? SplitsImages(Flow flow, Size[] target)
    {
        if (flow is not { Entries: [var entry], Axes: [[Factor.First], [Factor.Unit]] }
            || layers[entry] is not InputPoint whole
            || target is not [_, { IsKnown: true, Count: > 0 and var rows }, { IsKnown: true } last])
            return null;
        long columns = last.Count == -1 ? whole.Units / rows : last.Count;
        if (columns < 1 || rows * columns != whole.Units || sizes[1] is { } other && other != rows)
            return null;
        sizes[1] = rows;
        return new([layers.Add(new InputPoint(columns), Moment.All)], [[Factor.First], [Factor.Second], [Factor.Unit]]);
    }

    /// <summary>Entries in parts, where a shape begins with as many: [layers directions, N, H] to [layers, directions,
    /// N, H].</summary>
    private static Flow WithGroups(Flow flow, Size[] target) =>
        flow.Axes is [[Factor.Entry], ..] && target is [{ IsKnown: true, Count: > 1 and var groups }, ..]
            && groups < flow.Entries.Length && flow.Entries.Length % groups == 0
        ? flow with { Groups = (int)groups, Axes = [[Factor.Group, Factor.Entry], .. flow.Axes[1..]] } : flow;

    /// <summary>One part of the entries.</summary>
    private static Flow Group(Flow flow, long start, long end)
    {
        int each = flow.Entries.Length / flow.Groups;
        return end - start == 1
            ? flow with { Groups = 1, Entries = flow.Entries[(int)(start * each)..(int)(end * each)] }
            : throw new NotFollowedException("takes several layers");
    }

    private Size Target(Flow flow, Size[] target, int axis) => target[axis] != 0 ? target[axis]
        : axis < flow.Axes.Length ? Product(flow.Axes[axis], flow)
        : throw new NotFollowedException("reshapes to no elements");

    /// <summary>The next factors whose product is a size.</summary>
    private Factor[] Take(List<Factor> left, Size size, Flow flow, bool fromEnd)
    {
        List<Factor> taken = [];
        Size product = 1;
        Factor Next() => fromEnd ? left[^1] : left[0];
        while (product != size || taken.Count == 0 && left.Count > 0 && SizeOf(Next(), flow) == 1)
        {
            if (left.Count == 0)
                throw new NotFollowedException("reshapes what is not followed");
            product *= SizeOf(Next(), flow);
            taken.Insert(fromEnd ? 0 : taken.Count, Next());
            left.RemoveAt(fromEnd ? left.Count - 1 : 0);
        }
        return [.. taken];
    }

    private static Flow At(Flow flow, Moment moment) =>
        flow.Entries.All(entry => entry.When == Moment.All)
            ? flow with { Entries = Array.ConvertAll(flow.Entries, entry => entry with { When = moment }) }
            : throw new NotFollowedException("takes steps of steps");

    private Size Product(Factor[] axis, Flow flow) =>
        axis.Aggregate((Size)1, (size, factor) => size * SizeOf(factor, flow));

    private Size SizeOf(Factor factor, Flow flow) => factor switch
    {
        Factor.First => sizes[0] ?? new Size(1, First: 1),
        Factor.Second => sizes[1] ?? new Size(1, Second: 1),
        Factor.Group => flow.Groups,
        Factor.Entry => flow.Entries.Length / flow.Groups,
        _ => layers[flow.Entries[0]].Units,
    };

    private static bool IsOne(Factor[] axis, Flow flow) =>
        axis is [] || axis is [Factor.Entry] && flow.Entries.Length == 1;

    /// <summary>Whether it is an axis of the input that happens to be 1.</summary>
    private bool IsOneOfInput(Factor[] axis) =>
        axis is [Factor.First] && sizes[0] == 1 || axis is [Factor.Second] && sizes[1] == 1;
}
