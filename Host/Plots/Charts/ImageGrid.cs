using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots.Charts;

/// <summary>A picture with a title above, a note below, and below that a bar for each of some fractions.</summary>
public sealed record ImageTile(SamplePicture Picture, string Title, string Note, Ink Ink, string Description,
    IReadOnlyList<(string Name, float Value)> Bars)
{
    /// <summary>Bars that are drawn: all of a few in their order, else the longest.</summary>
    public IReadOnlyList<(string Name, float Value)> ShownBars => Bars.Count <= MostBars
        ? Bars
        : [.. Bars.OrderByDescending(bar => bar.Value).Take(MostBars)];

    private const int MostBars = 10;
}

/// <summary>Pictures in rows, each with its title and note.</summary>
public sealed record ImageGrid(IReadOnlyList<ImageTile> Tiles, int Columns)
{
    private const double Gap = 10;
    private const double BarRow = 14;
    private static readonly TextStyle BarStyle = new(Ink.Muted, 11, Anchor.End);
    private static readonly TextStyle TitleStyle = new(Size: 12.5, Anchor: Anchor.Middle, Bold: true);
    private static readonly TextStyle NoteStyle = new(Ink.Muted, 11, Anchor.Middle);

    public double Height(double width) => Rows * TileHeight(width);

    private int Rows => (Tiles.Count + Columns - 1) / Columns;

    private double TileWidth(double width) => (width - Gap * (Columns - 1)) / Columns;

    /// <summary>The tallest picture decides; a wide picture fills the tile's width.</summary>
    private double TileHeight(double width)
    {
        double aspect = Tiles.Count == 0 ? 1 : Tiles.Max(tile => tile.Picture.Aspect);
        int bars = Tiles.Count == 0 ? 0 : Tiles.Max(tile => tile.ShownBars.Count);
        return TileWidth(width) * Math.Min(aspect, 2) + 46 + bars * BarRow;
    }

    public void Draw(ICanvas canvas, Box box)
    {
        using IDisposable group = canvas.Group("images");
        double width = TileWidth(box.Width);
        double height = TileHeight(box.Width);
        for (int i = 0; i < Tiles.Count; i++)
        {
            var tile = new Box(box.X + i % Columns * (width + Gap), box.Y + i / Columns * height, width, height);
            DrawTile(canvas, tile, Tiles[i]);
        }
    }

    private static void DrawTile(ICanvas canvas, Box box, ImageTile tile)
    {
        using IDisposable group = canvas.Group("image", tile.Description);
        double middle = box.Center.X;
        TextStyle titleStyle = TitleStyle with { Ink = tile.Ink };
        canvas.Text(new Point(middle, box.Y + 13), TextMeasure.Shorten(tile.Title, titleStyle, box.Width), titleStyle);
        IReadOnlyList<(string Name, float Value)> bars = tile.ShownBars;
        Box frame = box.Inset(0, 19, 0, 27 + bars.Count * BarRow);
        canvas.Rectangle(frame, new Style(Fill: Ink.Panel, Stroke: tile.Ink == Ink.Text ? Ink.Faint : tile.Ink));
        tile.Picture.Draw(canvas, Fit(frame.Inset(2, 2, 2, 2), tile.Picture.Aspect), tile.Description);
        string note = TextMeasure.Shorten(tile.Note, NoteStyle, box.Width);
        canvas.Text(new Point(middle, frame.Bottom + 14), note, NoteStyle);
        DrawBars(canvas, box.Inset(0, box.Height - 8 - bars.Count * BarRow, 0, 8), bars, tile.Ink);
    }

    /// <summary>Each with its name; a bar of one fills its row.</summary>
    private static void DrawBars(ICanvas canvas, Box box, IReadOnlyList<(string Name, float Value)> bars, Ink ink)
    {
        if (bars.Count == 0)
            return;
        double names = Math.Min(0.45 * box.Width, bars.Max(bar => TextMeasure.Width(bar.Name, BarStyle)));
        for (int i = 0; i < bars.Count; i++)
        {
            double y = box.Y + (i + 0.5) * BarRow;
            canvas.Text(new Point(box.X + names, y + BarStyle.BaselineShift),
                TextMeasure.Shorten(bars[i].Name, BarStyle, names), BarStyle);
            double whole = box.Width - names - 6, length = whole * Math.Clamp(bars[i].Value, 0, 1);
            var room = new Box(box.X + names + 6, y - 4, whole, 8);
            canvas.Rectangle(room, Style.Filled(Ink.Panel), 2);
            if (length >= 0.5)
                canvas.Rectangle(room with { Width = length }, Style.Filled(ink == Ink.Text ? Ink.Blue : ink), 2);
        }
    }

    /// <summary>The largest box of the picture's proportions in the middle of <paramref name="frame"/>.</summary>
    private static Box Fit(Box frame, double aspect)
    {
        double width = Math.Min(frame.Width, frame.Height / aspect), height = width * aspect;
        return new Box(frame.Center.X - width / 2, frame.Center.Y - height / 2, width, height);
    }
}
