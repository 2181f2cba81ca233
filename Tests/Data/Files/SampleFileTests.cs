using System.Text;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Files;

namespace GpuLstm.Tests.Data.Files;

/// <summary>Files of sequences and images in every format.</summary>
public class SampleFileTests : TestsInFolder
{
    private DataPart Read(string name, string content, TableColumns? columns = null) =>
        SampleFile.Read(Folder.Write(name, Encoding.UTF8.GetBytes(content)), columns ?? new()).Train;

    private static SequenceSamples Sequences(DataPart part) => (SequenceSamples)part.Unlabelled;

    [Test]
    public void A_ts_file_has_dimensions_lengths_and_missing_values()
    {
        DataPart part = Read("x.ts", """
            # a comment
            @problemName x
            @timeStamps false
            @classLabel true a b
            @data
            1,2,3:10,?,30:a
            4,5:40,NaN:b
            """);
        SequenceSamples sequences = Sequences(part);
        Assert.That(sequences.Lengths, Is.EqualTo(new[] { 3, 2 }));
        Assert.That(sequences.Values,
            Is.EqualTo(new[] { 1, 10, 2, float.NaN, 3, 30, 4, 40, 5, float.NaN }));
        Assert.That(part.Labels!.ToNames(), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public void A_ucr_table_has_the_class_first_and_its_padding_is_no_steps()
    {
        DataPart part = Read("X_TRAIN.tsv", "2\t0.5\t1\t1.5\n1\t3\tNaN\tNaN\n2\tNaN\t4\t5\n");
        Assert.That(Sequences(part).Lengths, Is.EqualTo(new[] { 3, 1, 3 }));
        Assert.That(Sequences(part).Values, Is.EqualTo(new[] { 0.5f, 1, 1.5f, 3, float.NaN, 4, 5 }));
        Assert.That(part.Labels!.ToNames(), Is.EqualTo(new[] { "2", "1", "2" }));
    }

    [TestCase("a,b,kind\n1,2,cat\n3,4,dog\n", "kind", TestName = "by the name that is given")]
    [TestCase("a,Label,b\n1,cat,2\n3,dog,4\n", null, TestName = "by the usual name")]
    [TestCase("a;b;class\n1;2;cat\n3;4;dog\n", null, TestName = "in a table with semicolons")]
    [TestCase("1,2,cat\n3,4,dog\n", null, TestName = "as the only text where there is no header")]
    [TestCase("1,2,cat\n3,4,dog\n", "3", TestName = "by its number where there is no header")]
    [TestCase("\"a\",\"b\",\"class\"\r\n\"1\",\"2\",\"cat\"\r\n\r\n\"3\",\"4\",\"dog\"", null, TestName = "in quotes")]
    public void A_wide_table_has_its_label_found(string content, string? label)
    {
        DataPart part = Read("x.csv", content, new(label));
        Assert.That(Sequences(part).Values, Is.EqualTo(new[] { 1f, 2, 3, 4 }));
        Assert.That(part.Labels!.ToNames(), Is.EqualTo(new[] { "cat", "dog" }));
    }

    [Test]
    public void A_wide_table_may_have_shorter_rows_of_empty_fields()
    {
        Assert.That(Sequences(Read("x.csv", "label,a,b,c\n0,1,2,3\n1,4,,\n0,,5,\n")).Lengths,
            Is.EqualTo(new[] { 3, 1, 2 }));
    }

    [Test]
    public void A_long_table_groups_its_steps_and_sorts_them_by_time()
    {
        DataPart part = Read("x.csv", """
            id,when,x,y,label
            a,2024-01-02,3,4,up
            b,2024-01-01,9,8,down
            a,2024-01-01,1,2,up
            """, new("label", "id", "when"));
        Assert.That(Sequences(part).Lengths, Is.EqualTo(new[] { 2, 1 }));
        Assert.That(Sequences(part).Values, Is.EqualTo(new[] { 1f, 2, 3, 4, 9, 8 }));
        Assert.That(part.Features, Is.EqualTo(new[] { "x", "y" }));
        Assert.That(part.Labels!.ToNames(), Is.EqualTo(new[] { "up", "down" }));
    }

    [TestCase("label,pixel0,pixel1,pixel2,pixel3\n7,0,255,3,4\n", true)]
    [TestCase("label,1x1,1x2,2x1,2x2\n7,0,255,3,4\n", true)]
    [TestCase("pixel0,pixel1,pixel2,pixel3\n0,255,3,4\n", false)]
    public void A_table_of_pixels_is_images(string content, bool hasLabel)
    {
        DataPart part = Read("x.csv", content);
        var images = (ImageSamples)part.Unlabelled;
        Assert.That(images.Items, Is.EqualTo(new byte[] { 0, 255, 3, 4 }));
        Assert.That((images.TimeSteps, images.InputSize), Is.EqualTo((2, 2)));
        Assert.That(part.Labels?.ToNames(), hasLabel ? Is.EqualTo(new[] { "7" }) : Is.Null);
    }

    [Test]
    public void An_archive_has_texts_and_lengths()
    {
        string path = Path.Combine(TestContext.CurrentContext.TestDirectory, "TestData", "sequences", "waves.npz");
        DataPart part = SampleFile.Read(path, new()).Train;
        SequenceSamples sequences = Sequences(part);
        Assert.That((sequences.Count, sequences.InputSize), Is.EqualTo((60, 3)));
        Assert.That(sequences.Lengths[..3], Is.EqualTo(new[] { 15, 13, 14 }));
        Assert.That(part.Labels!.ToNames().Take(3), Is.EqualTo(new[] { "slow", "fast", "slow" }));
    }

    /// <summary>File, content, and what the sentence about it says.</summary>
    private static readonly object[][] s_wrong =
    [
        ["x.csv", "", "is empty"], ["x.csv", "\n\n", "is empty"], ["x.csv", "a,label\n", "has no sequences"],
        ["x.csv", "a,b,label\n1,2,u\n3,v\n", "line 3: the row has 2 fields, where the first has 3"],
        ["x.csv", "a,b,label\n1,2,u\n3,4,5,v\n", "line 3: the row has 4 fields"],
        ["x.csv", "a,b,label\n1,2,u\n\n3,x,v\n", "line 4: 'x' is no number"],
        ["x.csv", "a,b,label\n1,2,u\n3,1e99,v\n", "line 3: '1e99' is no number that a float32 holds"],
        ["x.csv", "a,b,label\n1,2,u\n3,4,\n", "line 3: the label is missing"],
        ["x.csv", "a,b,label\n1,2,u\n,,v\n", "line 3: the sequence has no values"],
        ["x.csv", "a,label\n1,\"u\n", "is no delimited text"],
        ["x.csv", "a,b\0,label\n1,2,u\n", "is no text"],
        ["x.csv", "pixel0,pixel1,pixel2,pixel3\n0,256,3,4\n", "line 2: '256' is no pixel"],
        ["x.ts", "@classLabel true a b\n@data\n1,2:a\n1,x:b\n", "line 4: 'x' is no number"],
        ["x.ts", "@classLabel true a b\n@data\n1,2:3,4:a\n1,2:b\n", "line 4: it has 1 dimensions"],
        ["x.ts", "@classLabel true a b\n@data\n1,2:a\n1,2:3,4:b\n", "line 4: it has more than the 1 dimensions"],
        ["x.ts", "@classLabel true a b\n@data\n1,2:3:a\n", "line 3: dimension 2 has 1 values, where the first has 2"],
        ["x.ts", "@classLabel true a b\n@data\n1,2:c\n", "line 3: the class 'c' is not among those of @classLabel"],
        ["x.ts", "@classLabel true a b\n@data\n1,2\n", "line 3: the label is missing"],
        ["x.ts", "@timeStamps true\n@data\n", "line 1: time stamps are not read"],
        ["x.ts", "@data\n(0,1),(1,2)\n", "time stamps are not read"],
        ["x.ts", "@classLabel true a b\n1,2:a\n", "line 2: '1,2:a' stands before @data"],
        ["x.ts", "@classLabel true a b\n", "ends without @data"],
        ["x.npz", "PK not a zip", "its zip archive is damaged"],
    ];

    [TestCaseSource(nameof(s_wrong))]
    public void What_is_wrong_is_told_in_a_sentence(string name, string content, string complaint) =>
        Assert.That(() => Read(name, content), Throws.TypeOf<FileFormatException>()
            .With.Message.StartsWith(Folder[name]).And.Message.Contains(complaint));

    [TestCase("id,x,label\na,1,u\na,2,v\n", "line 3: the sequence 'a' has the label 'v', and 'u' in line 2")]
    [TestCase("id,x,label\n,1,u\n", "line 2: the sequence that the step belongs to is missing")]
    [TestCase("id,x,label\na,b,u\n", "line 2: 'b' in the column x is no number")]
    [TestCase("name,x,label\na,1,u\n", "--sequence says 'id', and its columns are name, x, label")]
    [TestCase("id,label\na,u\n", "no column of values")]
    public void What_is_wrong_with_a_long_table_is_told(string content, string complaint) =>
        Assert.That(() => Read("x.csv", content, new(null, "id")),
            Throws.TypeOf<FileFormatException>().With.Message.Contains(complaint));

    [Test]
    public void Zeros_are_refused_at_once_and_a_line_without_end_in_bounded_memory()
    {
        string zeros = Folder["zeros.csv"], digits = Folder["digits.csv"];
        using (FileStream file = File.Create(zeros))
            file.SetLength(2L << 30); // a hole: it takes no room
        Assert.That(() => SampleFile.Read(zeros, new()),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("zero bytes"));
        using (FileStream file = File.Create(digits))
            for (int i = 0; i < 80; i++)
                file.Write(Enumerable.Repeat((byte)'7', 1 << 20).ToArray());
        Assert.That(() => SampleFile.Read(digits, new()),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("more than 67108864 characters"));
        File.Move(digits, Folder["digits.ts"]);
        Assert.That(() => SampleFile.Read(Folder["digits.ts"], new()),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("more than 67108864 characters"));
    }
}
