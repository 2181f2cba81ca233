using GpuLstm.Kernels;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.Training;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;

namespace GpuLstm.Tests.Accelerators;

/// <summary>What someone with an ILGPU program of their own does with us.</summary>
[TestFixture]
public class IlgpuTests
{
    private static readonly Recipe s_recipe = Recipes.Find("lstm64") with { Hidden = 5, Batch = 4, Epochs = 1 };

    private static readonly Dataset s_data = DatasetLoader.Load(
        new DataOptions { Spec = "strokes", StrokesTrain = 8, StrokesTest = 4 }, new RecordingProgress(),
        CancellationToken.None);

    /// <summary>A context with our extension, an accelerator and a stream of the caller's train, with the numbers of
    /// the engines that we open.</summary>
    [TestCase("debug")]
    [TestCase("opencl")]
    public void Training_runs_on_an_accelerator_and_a_stream_that_the_caller_owns(string id)
    {
        if (id == "opencl")
            Missing.UnlessOpenCl();
        using Context context = Context.Create(builder =>
        {
            if (id == "opencl")
                builder.OpenCL(device => device.DeviceId == OpenClDevice.List()[0].Device.DeviceId);
            else
                builder.CPU(new CPUDevice(4, 64, 1));
            builder.LstmKernels();
        });
        using Accelerator accelerator = context.Devices[0].CreateAccelerator(context);
        using AcceleratorStream stream = accelerator.CreateStream();
        float[] here;
        using (var engine = new GpuEngine(accelerator, stream))
            here = Train(engine);
        using (Engine ours = EngineFactory.Open(id))
            Assert.That(here, Is.EqualTo(Train(ours)));
        using MemoryBuffer1D<float, Stride1D.Dense> mine = accelerator.Allocate1D<float>(10); // still theirs
        mine.MemSetToZero(stream);
        Assert.That(mine.GetAsArray1D(stream), Has.All.Zero);
    }

    private static float[] Train(Engine engine)
    {
        using var trainer = new Trainer(engine, s_recipe, s_data, seed: 3, new SilentObserver());
        trainer.Run(CancellationToken.None);
        return engine.Read(trainer.Parameters.Values);
    }

    [Test]
    public void An_index_out_of_range_ends_in_an_error_that_names_the_kernel()
    {
        using DebugEngine engine = new();
        using var items = engine.Upload<byte>(new byte[2 * 6]);
        using var labels = engine.Upload<byte>(new byte[2]);
        using var order = engine.Upload<int>([1, 7]); // there are two items
        using var x = engine.Allocate<float>(2 * 6);
        using var batch = engine.Allocate<int>(2);
        KernelFaultException error = Assert.Throws<KernelFaultException>(() =>
        {
            engine.Operations.GatherBatch(new()
            {
                BatchSize = 2, TimeSteps = 2, InputSize = 3, Items = items.View, ItemLabels = labels.View,
                Order = order.View, Scale = 1, Shift = 0, X = x.View, Labels = batch.View,
            });
            engine.Synchronize();
        })!;
        Assert.That(error.Message, Does.Contain("Gather.Normalised").And.Contain("range"));
        Assert.That(() => engine.Operations.Fill(x.View, 1), Throws.InstanceOf<KernelFaultException>(), "it stays so");
        using DebugEngine other = new();
        using var y = other.Allocate<float>(3);
        other.Operations.Fill(y.View, 2);
        Assert.That(other.Read(y), Has.All.EqualTo(2f), "others go on");
    }
}
