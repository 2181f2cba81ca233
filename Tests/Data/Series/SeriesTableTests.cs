using System.Text;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Tests.Data.Series;

/// <summary>Tables of one row per time: what is read, and the sentence for what cannot be.</summary>
public class SeriesTableTests : TestsInFolder
{
    private static readonly SeriesOptions s_sales = new() { Columns = ["sales"], Window = 3, Horizon = 2 };

    private SeriesData Read(string text, SeriesOptions? options = null, string? time = null,
        RecordingProgress? heard = null,
        string missing = "forward") => DatasetLoader.ReadSeries(Write(text),
            new() { Series = options ?? s_sales, Columns = new(Time: time), Missing = missing },
            heard ?? new RecordingProgress());

    private string Write(string text) => Folder.Write("series.csv", Encoding.UTF8.GetBytes(text));

    [Test]
    public void Columns_that_are_forecast_come_first_and_rows_in_the_order_of_time()
    {
        SeriesData data = Read("promo,date,sales\n1,2024-03-01,30\n0,2024-01-01,10\n0,2024-02-01,20\n");
        Assert.Multiple(() =>
        {
            Assert.That(data.Names, Is.EqualTo(new[] { "sales", "promo" }));
            Assert.That(data.KnownAhead, Is.EqualTo(new[] { false, true }));
            Assert.That(data.Values, Is.EqualTo(new float[] { 10, 0, 20, 0, 30, 1 }));
            Assert.That(data.Axis.Season, Is.EqualTo(12));
            Assert.That(data.TimeText(2), Is.EqualTo("2024-03"));
        });
    }

    [Test]
    public void Groups_are_told_apart_and_rows_to_come_from_the_others()
    {
        SeriesData data = Read("shop,t,sales,promo\na,1,10,0\nb,1,5,0\na,2,11,1\nb,2,6,1\na,3,,1\nb,3,7,0\n",
            s_sales with { Group = "shop" }, time: "t");
        Assert.Multiple(() =>
        {
            Assert.That(data.Groups.Select(g => (g.Name, g.First, g.Count, g.Coming)),
                Is.EqualTo(new[] { ("a", 0, 2, 1), ("b", 3, 3, 0) }));
            Assert.That(data.GroupOf(2).Name, Is.EqualTo("a"));
            Assert.That(data.GroupOf(3).Name, Is.EqualTo("b"));
            Assert.That(data[2, 1], Is.EqualTo(1), "what is known of a row to come");
        });
    }

    [Test]
    public void Missing_values_are_filled_with_the_one_before_and_told()
    {
        RecordingProgress heard = new();
        SeriesData data = Read("t,sales\n1,10\n2,\n3,12\n4,?\n5,14\n", heard: heard, time: "t");
        Assert.That(data.Values, Is.EqualTo(new float[] { 10, 10, 12, 12, 14 }));
        Assert.That(heard.Notices.Single(), Does.Contain("2 missing values").And.Contain("line 3"));
    }

    [TestCase("t,sales\n1,10\n2,20\n4,30\n", "line 4: 4 does not follow 2")]
    [TestCase("t,sales\n2024-01-31,1\n2024-02-29,2\n2024-04-30,3\n", "line 4: 2024-04-30 does not follow 2024-02-29 "
        + "by a month")]
    [TestCase("t,sales\n1,10\n2,20\n2,30\n", "line 4: the time 2 stands twice, first in line 3")]
    [TestCase("t,sales\n1,10\n2,20\n3,abc\n", "line 4: 'abc' in the column sales is no number")]
    [TestCase("t,sales\n1,10\nx,20\n3,3\n", "line 3: the time 'x' is neither a number nor a date")]
    [TestCase("t,sales\n1,10\n2024-01-01,20\n", "line 3: the time '2024-01-01' is no number, as those before are")]
    [TestCase("t,sales\n1,\n2,20\n3,3\n", "line 2: a value is missing, and there is none before it")]
    [TestCase("t,sales\n1,5\n2,5\n3,5\n", "the column sales has the value 5 in every row, from line 2 on")]
    [TestCase("t,sales,k\n1,5,1\n2,6,1\n3,5,1\n", "the column k has the value 1 in every row")]
    [TestCase("t,sales\n1,\n2,\n", "no values in the columns of --series")]
    [TestCase("t,sales\n", "has no rows")]
    [TestCase("", "is empty")]
    [TestCase("t,sold\n1,2\n", "--series says 'sales', and its columns are t, sold")]
    [TestCase("t,sales\n1,2\n2,3,4\n", "line 3: the row has 3 fields")]
    public void What_is_wrong_is_told_with_the_line(string text, string expected) => Assert.That(
        () => Read(text, time: text.StartsWith("t,", StringComparison.Ordinal) && !text.Contains("sold") ? "t" : null),
        Throws.InstanceOf<GpuLstmException>().With.Message.Contains(expected));

    [Test]
    public void A_gap_is_kept_where_that_is_asked_for()
    {
        SeriesOptions keep = s_sales with { Gaps = SeriesOptions.Keep };
        Assert.That(Read("t,sales\n1,10\n2,20\n9,30\n", keep, "t").Values, Is.EqualTo(new float[] { 10, 20, 30 }));
    }

    [Test]
    public void A_missing_value_is_refused_where_that_is_asked_for() => Assert.That(
        () => Read("t,sales\n1,10\n2,\n3,4\n", missing: "refuse", time: "t"),
        Throws.InstanceOf<FileFormatException>().With.Message.Contains("line 3: a value is missing"));

    [Test]
    public void Without_a_column_of_times_rows_are_counted()
    {
        SeriesData data = Read("sales\n4\n5\n7\n");
        Assert.That(data.Axis, Is.EqualTo(TimeAxis.Counted));
        Assert.That(data.TimeText(1), Is.EqualTo("2"));
        Assert.That(data.Axis.Season, Is.EqualTo(1));
    }

    [TestCase("2024-01-31", "2024-02-29", 3, "2024-04-30", 12)]
    [TestCase("2024-01-15", "2024-02-15", 12, "2025-01-15", 12)]
    [TestCase("2024-01-01", "2024-04-01", 2, "2024-07", 4)]
    [TestCase("2020-01-01", "2021-01-01", 3, "2023-01", 1)]
    [TestCase("2024-02-27", "2024-02-28", 3, "2024-03-01", 7)]
    [TestCase("2024-02-01", "2024-02-08", 2, "2024-02-15", 52)]
    [TestCase("2024-01-01 22:00", "2024-01-01 23:00", 3, "2024-01-02 01:00", 24)]
    [TestCase("2024-01-01T00:00:10", "2024-01-01T00:00:20", 2, "2024-01-01 00:00:30", 1)]
    [TestCase("10", "10.5", 4, "12", 1)]
    public void The_spacing_of_the_first_rows_tells_the_others_and_a_season(
        string first, string second, int row, string expected, int season)
    {
        Assert.That(TimePoint.TryParse(first, out TimePoint start) & TimePoint.TryParse(second, out TimePoint next));
        TimeAxis axis = TimeAxis.Of(start, next);
        Assert.Multiple(() =>
        {
            Assert.That(axis.Text(axis.At(start, row)), Is.EqualTo(expected));
            Assert.That(axis.At(start, 1), Is.EqualTo(next));
            Assert.That(axis.Follows(start, next));
            Assert.That(axis.Season, Is.EqualTo(season));
        });
    }
}
