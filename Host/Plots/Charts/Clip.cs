using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots.Charts;

/// <summary>Cuts lines at the edge of a box, so that nothing is drawn outside a plot's area.</summary>
public static class Clip
{
    /// <summary>The pieces of a line that lie in <paramref name="box"/>; points that are not finite interrupt the
    /// line.</summary>
    public static IReadOnlyList<IReadOnlyList<Point>> Polyline(IReadOnlyList<Point> points, Box box)
    {
        var pieces = new List<IReadOnlyList<Point>>();
        var piece = new List<Point>();
        for (int i = 0; i < points.Count; i++)
        {
            if (i + 1 < points.Count && Segment(points[i], points[i + 1], box) is (Point from, Point to))
            {
                if (piece.Count > 0 && piece[^1] != from)
                    Finish();
                if (piece.Count == 0)
                    piece.Add(from);
                piece.Add(to);
            }
            else
                Finish();
        }
        return pieces;

        void Finish()
        {
            if (piece.Count > 0)
                pieces.Add(piece);
            piece = [];
        }
    }

    /// <summary>Liang and Barsky, "A new concept and method for line clipping", 1984: the segment is a + t (b - a), and
    /// each edge of the box narrows t's range [enter, leave].</summary>
    private static (Point From, Point To)? Segment(Point a, Point b, Box box)
    {
        if (!IsFinite(a) || !IsFinite(b))
            return null;
        double dx = b.X - a.X;
        double dy = b.Y - a.Y;
        double enter = 0;
        double leave = 1;
        bool isVisible = Narrow(-dx, a.X - box.X, ref enter, ref leave)
            && Narrow(dx, box.Right - a.X, ref enter, ref leave)
            && Narrow(-dy, a.Y - box.Y, ref enter, ref leave) && Narrow(dy, box.Bottom - a.Y, ref enter, ref leave);
        if (!isVisible)
            return null;
        Point from = enter > 0 ? new Point(a.X + enter * dx, a.Y + enter * dy) : a;
        Point to = leave < 1 ? new Point(a.X + leave * dx, a.Y + leave * dy) : b;
        return (from, to);
    }

    private static bool Narrow(double slope, double distance, ref double enter, ref double leave)
    {
        if (slope == 0)
            return distance >= 0;
        double t = distance / slope;
        if (slope < 0)
            enter = Math.Max(enter, t);
        else
            leave = Math.Min(leave, t);
        return enter <= leave;
    }

    private static bool IsFinite(Point point) => double.IsFinite(point.X) && double.IsFinite(point.Y);
}
