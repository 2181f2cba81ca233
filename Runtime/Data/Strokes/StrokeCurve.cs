namespace GpuLstm.Runtime.Data.Strokes;

/// <summary>A corner of the drawn line; the pen is down on the way to it from the one before, or it starts a
/// stroke.</summary>
internal struct StrokeVertex
{
    public float X, Y;
    public bool StartsStroke;
}

/// <summary>Turns the points that a pen passes into a line of many short pieces.</summary>
internal static class StrokeCurve
{
    private const int PiecesPerSpan = 6;
    public const int MaxVertices = StrokeTemplate.MaxPoints * PiecesPerSpan;

    /// <summary>Writes the vertices and returns their number: at most <see cref="MaxVertices"/>.</summary>
    public static int Flatten(ReadOnlySpan<StrokePoint> points, Span<StrokeVertex> vertices)
    {
        int count = 0;
        int runStart = 0; // a run is smooth: it ends at a corner or where the pen lifts
        bool startsStroke = true;
        for (int i = 0; i < points.Length; i++)
        {
            if (startsStroke)
                vertices[count++] = new StrokeVertex { X = points[i].X, Y = points[i].Y, StartsStroke = true };
            startsStroke = points[i].EndsStroke;
            if (!points[i].EndsStroke && !points[i].IsCorner)
                continue;
            ReadOnlySpan<StrokePoint> run = points[runStart..(i + 1)];
            for (int span = 0; span + 1 < run.Length; span++)
                count += FlattenSpan(run, span, vertices[count..]);
            runStart = startsStroke ? i + 1 : i;
        }
        return count;
    }

    /// <summary>The uniform Catmull-Rom spline (Catmull and Rom 1974) between two points of a run, its first point
    /// excluded.</summary>
    private static int FlattenSpan(ReadOnlySpan<StrokePoint> run, int span, Span<StrokeVertex> vertices)
    {
        StrokePoint p0 = run[Math.Max(span - 1, 0)], p1 = run[span];
        StrokePoint p2 = run[span + 1], p3 = run[Math.Min(span + 2, run.Length - 1)];
        for (int piece = 1; piece <= PiecesPerSpan; piece++)
        {
            float t = piece / (float)PiecesPerSpan;
            vertices[piece - 1] = new StrokeVertex
            {
                X = Interpolate(p0.X, p1.X, p2.X, p3.X, t),
                Y = Interpolate(p0.Y, p1.Y, p2.Y, p3.Y, t),
            };
        }
        return PiecesPerSpan;
    }

    private static float Interpolate(float p0, float p1, float p2, float p3, float t) =>
        0.5f * (2 * p1 + t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0))));
}
