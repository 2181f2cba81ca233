using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Report;

/// <summary>A name and its value.</summary>
public sealed record Fact(string Name, string Value);

/// <summary>A part of a section.</summary>
public abstract record ReportBlock;

/// <summary>A plot, put into the page itself, with a caption where its own title is not enough.</summary>
public sealed record FigureBlock(string Name, string Svg, string? Caption = null) : ReportBlock
{
    public FigureBlock(NamedPlot plot) : this(plot.Name, plot.Figure.ToSvg()) { }
}

/// <summary>Names and values below each other.</summary>
public sealed record FactsBlock(string Title, IReadOnlyList<Fact> Facts) : ReportBlock;

/// <summary>A table; the first column names the rows, the others are numbers.</summary>
public sealed record TableBlock(string Title, IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows)
    : ReportBlock;

/// <summary>A headed part of a page.</summary>
public sealed record ReportSection(string Title, IReadOnlyList<ReportBlock> Blocks);

/// <summary>A self-contained HTML page: no network, no file beside it. It reads without scripts; they add values on
/// hover and the gate explorer's row slider.</summary>
/// <param name="Highlights">The few numbers that stand large at the top.</param>
public sealed partial record ReportPage(
    string Title, string Summary, IReadOnlyList<Fact> Highlights, IReadOnlyList<ReportSection> Sections)
{
    private const double WidestInColumn = 760;

    public string Html()
    {
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
        html.Append("<meta name=\"color-scheme\" content=\"light dark\">\n");
        html.Append($"<title>{E(Title)}</title>\n<style>\n{Resource("report.css")}{SvgStyle.Sheet()}\n</style>\n");
        html.Append("</head>\n<body>\n");
        html.Append($"<header>\n<h1>{E(Title)}</h1>\n<p>{E(Summary)}</p>\n<dl class=\"highlights\">\n");
        foreach (Fact fact in Highlights)
            html.Append($"<div><dt>{E(fact.Name)}</dt><dd>{E(fact.Value)}</dd></div>\n");
        html.Append("</dl>\n</header>\n<main>\n");
        foreach (ReportSection section in Sections.Where(section => section.Blocks.Count > 0))
        {
            html.Append($"<section>\n<h2>{E(section.Title)}</h2>\n<div class=\"blocks\">\n");
            foreach (ReportBlock block in section.Blocks)
                Write(html, block);
            html.Append("</div>\n</section>\n");
        }
        html.Append($"</main>\n<script>\n{Resource("report.js")}</script>\n</body>\n</html>\n");
        return html.ToString();
    }

    private static void Write(StringBuilder html, ReportBlock block)
    {
        switch (block)
        {
            case FigureBlock figure:
                string svg = SvgCanvas.WithoutSheet(figure.Svg);
                string wide = WidthOf(svg) > WidestInColumn ? " class=\"wide\"" : "";
                string caption = figure.Caption is null ? "" : $"<figcaption>{E(figure.Caption)}</figcaption>\n";
                html.Append($"<figure id=\"{E(figure.Name)}\"{wide}>\n{caption}{svg}</figure>\n");
                break;
            case FactsBlock facts:
                html.Append($"<div class=\"block\">\n<h3>{E(facts.Title)}</h3>\n<dl class=\"facts\">\n");
                foreach (Fact fact in facts.Facts)
                    html.Append($"<dt>{E(fact.Name)}</dt><dd>{E(fact.Value)}</dd>\n");
                html.Append("</dl>\n</div>\n");
                break;
            case TableBlock table:
                html.Append($"<div class=\"block\">\n<h3>{E(table.Title)}</h3>\n<div class=\"scroll\"><table>\n");
                html.Append("<thead><tr>");
                foreach (string cell in table.Header)
                    html.Append($"<th scope=\"col\">{E(cell)}</th>");
                html.Append("</tr></thead>\n<tbody>\n");
                foreach (IReadOnlyList<string> row in table.Rows)
                    html.Append($"<tr><th scope=\"row\">{E(row[0])}</th>")
                        .AppendJoin("", row.Skip(1).Select(cell => $"<td>{E(cell)}</td>")).Append("</tr>\n");
                html.Append("</tbody>\n</table></div>\n</div>\n");
                break;
        }
    }

    private static double WidthOf(string svg) =>
        double.Parse(PixelsWide().Match(svg).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("^<svg[^>]* width=\"([0-9.]+)\"")]
    private static partial Regex PixelsWide();

    private static string E(string text) => WebUtility.HtmlEncode(text);

    private static string Resource(string name)
    {
        using Stream stream = typeof(ReportPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
