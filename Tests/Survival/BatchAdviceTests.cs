using System.Globalization;
using System.Text.RegularExpressions;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.Training;

namespace GpuLstm.Tests.Survival;

/// <summary>A batch for which the device has too little memory is refused with one that it can hold.</summary>
[TestFixture]
public class BatchAdviceTests
{
    private const long Memory = 60_000_000;

    private static readonly Dataset _data = DatasetLoader.Load(
        new DataOptions { Spec = "strokes", StrokesTrain = 3000, StrokesTest = 100 }, new RecordingProgress(),
        CancellationToken.None);

    private static readonly Recipe _recipe = Recipes.Find("lstm64") with { Batch = 3000, Epochs = 1 };

    [Test]
    public void The_batch_that_the_refusal_names_is_the_largest_that_fits_and_trains()
    {
        using Engine small = Open();
        string message = Assert.Throws<DeviceException>(() => MemoryPlan.Check(small, _recipe, _data))!.Message;
        Match named = Regex.Match(message, @"^Training with a batch of 3000 needs .*: --batch (\d+) fits\.$");
        Assert.That(named.Success, Is.True, message);
        int batch = int.Parse(named.Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.That(batch, Is.InRange(100, 2900));
        Assert.That(() => MemoryPlan.Check(small, _recipe with { Batch = batch + 1 }, _data),
            Throws.InstanceOf<DeviceException>());
        MemoryPlan.Check(small, _recipe with { Batch = batch }, _data);
        using Trainer trainer = new(small, _recipe with { Batch = batch }, _data, seed: 1, new SilentObserver());
        Assert.That(trainer.Run(CancellationToken.None).Final.IsFinite, Is.True);
    }

    [Test]
    public void Where_no_batch_fits_the_network_is_to_blame()
    {
        using Engine small = Open();
        Recipe huge = _recipe with { Hidden = 4096 };
        Assert.That(() => MemoryPlan.Check(small, huge, _data),
            Throws.InstanceOf<DeviceException>().With.Message.EndsWith(": a smaller --hidden or --layers needs less."));
    }

    [Test]
    public void Memory_that_ends_while_it_is_taken_is_told_with_a_batch_for_what_was_given()
    {
        using Engine small = Open();
        Recipe recipe = _recipe with { Batch = 1500 }; // each buffer fits, all of them do not
        DeviceMemoryException error = Assert.Throws<DeviceMemoryException>(() =>
            new Trainer(small, recipe, _data, seed: 1, new SilentObserver()).Dispose())!;
        string message = MemoryPlan.Advise(error, small, recipe, _data).Message;
        Assert.That(message,
            Does.Match(@"could not give a buffer of [\d.]+ MB: [\d.]+ of its 60\.0 MB are not in use here; "));
        if (MemoryPlan.LargestBatch(recipe, _data, error.UsedBytes, small.LargestBufferBytes) is > 0 and int batch)
            Assert.That(message, Does.EndWith($"What it has given so far would hold --batch {batch}."));
    }

    private static OpenClEngine Open()
    {
        Missing.UnlessOpenCl();
        return OpenClEngine.Open(memoryBytes: Memory);
    }
}
