using System.Globalization;
using GpuLstm.Kernels;

namespace GpuLstm.Runtime.Data.Strokes;

/// <summary>The built-in data set: digits that the program writes by itself, in MNIST's size and placing, for machines
/// without network or files. Sample i depends on the seed and i alone, bit for bit, on every machine.</summary>
public static class StrokesSet
{
    private const uint TrainStream = 0x5354524B, TestStream = 0x53545254; // "STRK", "STRT"
    private const int Size = 28, BoxSize = 20, Margin = (Size - BoxSize) / 2;
    private const int Digits = 10;
    private const float PointJitter = 0.04f; // standard deviation, in heights of a digit

    /// <summary>The most samples of one part: their bytes are one array.</summary>
    public static int MaxCount { get; } = Array.MaxLength / (Size * Size);

    /// <summary>Draws a training and a test set, on all cores.</summary>
    /// <exception cref="UsageException">A count is below 1 or above <see cref="MaxCount"/>.</exception>
    public static Dataset Draw(ulong seed, int trainCount, int testCount, CancellationToken cancel) => new(
        "strokes",
        string.Create(CultureInfo.InvariantCulture, $"drawn by the program, seed {seed}"),
        DrawPart(seed, TrainStream, trainCount, cancel),
        DrawPart(seed, TestStream, testCount, cancel),
        [.. Enumerable.Range(0, Digits).Select(digit => $"{digit}")]) { Prepare = InkChoice.Ink };

    private static ImageSamples DrawPart(ulong seed, uint stream, int count, CancellationToken cancel)
    {
        if (count < 1 || count > MaxCount)
            throw new UsageException($"{count} samples of the strokes set are out of range: use 1 to {MaxCount}.");
        ImageSamples samples = new(
            GC.AllocateUninitializedArray<byte>(count * Size * Size), new byte[count], Size, Size);
        ParallelOptions options = new() { CancellationToken = cancel };
        Parallel.For(0, count, options, i =>
        {
            PhiloxRandom random = new(seed, stream, (ulong)i);
            samples.Labels[i] = (byte)random.NextInt(Digits);
            DrawDigit(samples.Labels[i], ref random, samples.Items.AsSpan(i * Size * Size, Size * Size));
        });
        return samples;
    }

    private static void DrawDigit(int digit, ref PhiloxRandom random, Span<byte> pixels)
    {
        StrokeTemplate[] ways = StrokeTemplate.Digits[digit];
        ReadOnlySpan<StrokePoint> template = ways[random.NextInt(ways.Length)].Points;
        Span<StrokePoint> points = stackalloc StrokePoint[template.Length];
        for (int i = 0; i < points.Length; i++)
            points[i] = template[i] with
            {
                X = template[i].X + PointJitter * random.NextNormal(),
                Y = template[i].Y + PointJitter * random.NextNormal(),
            };

        StrokeStyle style = new(ref random);
        Span<StrokeVertex> line = stackalloc StrokeVertex[StrokeCurve.MaxVertices];
        line = line[..StrokeCurve.Flatten(points, line)];
        foreach (ref StrokeVertex vertex in line)
            style.Apply(ref vertex);
        FitIntoBox(line, Math.Max(style.StartRadius, style.EndRadius));

        Span<float> ink = stackalloc float[Size * Size];
        ink.Clear();
        for (int i = 1; i < line.Length; i++)
        {
            float done = i / (float)line.Length;
            float radius = style.StartRadius + done * (style.EndRadius - style.StartRadius);
            if (!line[i].StartsStroke)
                StrokePen.Line(ink, Size, line[i - 1], line[i], radius);
        }
        StrokePen.Centre(ink, Size, Margin, pixels);
    }

    /// <summary>Scales the line, its shape kept, so that it just fits the box with the pen's width around it.</summary>
    private static void FitIntoBox(Span<StrokeVertex> line, float radius)
    {
        float left = float.MaxValue, right = float.MinValue, top = float.MaxValue, bottom = float.MinValue;
        foreach (StrokeVertex vertex in line)
        {
            (left, right) = (Math.Min(left, vertex.X), Math.Max(right, vertex.X));
            (top, bottom) = (Math.Min(top, vertex.Y), Math.Max(bottom, vertex.Y));
        }
        float scale = (BoxSize - 2 * radius) / Math.Max(right - left, bottom - top);
        foreach (ref StrokeVertex vertex in line)
        {
            vertex.X = Size / 2f + scale * (vertex.X - 0.5f * (left + right));
            vertex.Y = Size / 2f + scale * (vertex.Y - 0.5f * (top + bottom));
        }
    }
}
