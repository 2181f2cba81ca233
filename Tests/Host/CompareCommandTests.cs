using System.Text.Json;
using GpuLstm.Tests.Plots;

namespace GpuLstm.Tests.Host;

/// <summary><c>gpulstm compare</c> as a user meets it.</summary>
[TestFixture, NonParallelizable]
public class CompareCommandTests : TestsInFolder
{
    private static readonly string[] _quick =
        ["compare", "--data", "strokes", "--limit", "60", "--hidden", "6", "--batch", "10", "--steps", "10"];

    [Test]
    public void Json_has_an_object_for_each_device()
    {
        Missing.UnlessOpenCl();
        (int code, string output, string errors) = CommandLineTests.Run(
            [.. _quick, "--devices", "cpu,opencl", "--json", "--out", Folder["new"]]);
        Assert.That(code, Is.Zero, errors);
        JsonElement[] all = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        Assert.That(all.Select(o => o.GetProperty("device").GetString()), Is.EqualTo(new[] { "cpu", "opencl:0" }));
        foreach (JsonElement one in all)
            Assert.Multiple(() =>
            {
                Assert.That(one.GetProperty("device_name").GetString(), Is.Not.Empty);
                Assert.That(one.GetProperty("samples_per_second").GetDouble(), Is.Positive);
                Assert.That(one.GetProperty("max_relative_loss_difference_first10").GetDouble(), Is.InRange(0, 1e-3));
                Assert.That(one.GetProperty("max_relative_loss_difference").GetDouble(), Is.InRange(0, 1e-5));
                Assert.That(one.GetProperty("max_relative_gradient_difference").GetDouble(), Is.InRange(0, 1e-4));
                Assert.That(one.GetProperty("memory_bytes").GetInt64(), Is.Positive);
                Assert.That(one.GetProperty("losses").GetArrayLength(), Is.EqualTo(10));
                Assert.That(one.GetProperty("phases_milliseconds").EnumerateObject().Select(phase => phase.Name),
                    Is.EqualTo(new[] { "gather", "forward", "loss", "backward", "update" }));
            });
        Assert.That(all[1].GetProperty("max_relative_gradient_difference").GetDouble(), Is.Positive);
        Assert.That(new Svg(File.ReadAllText(Folder["new", "compare.svg"])).Texts[0],
            Is.EqualTo("lstm128 on cpu and opencl:0"));
    }

    [Test]
    public void The_table_shows_speed_and_differences()
    {
        (int code, string output, string errors) = CommandLineTests.Run(
        [
            "compare", "--devices", "cpu,debug", "--data", "strokes", "--limit", "6", "--hidden", "2", "--batch", "2",
            "--steps", "10", "--out", Folder["a.svg"],
        ]);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("samples/s").And.Contain("debug").And.Contain("backward, ms per step")
            .And.Contain("gradient, a step from 5 shared states").And.Contain(Folder["a.svg"]));
        Assert.That(Directory.GetFileSystemEntries(Folder.Path), Is.EqualTo(new[] { Folder["a.svg"] }));
    }

    [Test]
    public void One_device_alone_is_measured_and_has_nothing_to_compare_with()
    {
        (int code, string output, string errors) = CommandLineTests.Run(
            [.. _quick, "--devices", "cpu", "--json", "--out", Folder.Path]);
        Assert.That(code, Is.Zero);
        Assert.That(errors, Does.Contain("nothing to compare"));
        JsonElement one = JsonDocument.Parse(output).RootElement.EnumerateArray().Single();
        Assert.That(one.GetProperty("max_relative_gradient_difference").GetDouble(), Is.Zero);
        Assert.That(new Svg(File.ReadAllText(Folder["compare.svg"])).Texts, Does.Contain("nothing to compare with"));
    }

    [TestCase("--steps 9", "--steps")]
    [TestCase("--devices cpu,nosuch", "nosuch")]
    [TestCase("--devices cpu,cpu", "twice")]
    [TestCase("--devices ,", "--devices")]
    [TestCase("--recipe nosuch", "nosuch")]
    public void A_wrong_command_line_is_refused_before_any_work(string more, string named)
    {
        (int code, string output, string errors) =
            CommandLineTests.Run([.. _quick, "--out", Folder["new"], .. more.Split(' ')]);
        Assert.That((code, output), Is.EqualTo((2, "")), errors);
        Assert.That(errors, Does.StartWith("gpulstm: ").And.Contain(named));
        Assert.That(Folder["new"], Does.Not.Exist);
    }
}
