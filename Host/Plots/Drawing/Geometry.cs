namespace GpuLstm.Host.Plots.Drawing;

/// <summary>A point in canvas units; y grows downwards.</summary>
public readonly record struct Point(double X, double Y);

/// <summary>An axis-parallel box in canvas units; (<paramref name="X"/>, <paramref name="Y"/>) is its top left
/// corner.</summary>
public readonly record struct Box(double X, double Y, double Width, double Height)
{
    public double Right => X + Width;
    public double Bottom => Y + Height;
    public Point Center => new(X + Width / 2, Y + Height / 2);

    public Box Inset(double left, double top, double right, double bottom) =>
        new(X + left, Y + top, Width - left - right, Height - top - bottom);

    public bool Contains(Point point, double slack = 0) =>
        point.X >= X - slack && point.X <= Right + slack && point.Y >= Y - slack && point.Y <= Bottom + slack;

    public bool Overlaps(Box other) =>
        X < other.Right && other.X < Right && Y < other.Bottom && other.Y < Bottom;
}
