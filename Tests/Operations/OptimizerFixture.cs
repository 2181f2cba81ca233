using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>AdamStep, and how it advances the training state.</summary>
public class OptimizerFixture(TestEngine on) : OperationFixture(on)
{
    private const int Steps = 10;

    [Test]
    public void Ten_steps_are_AdamWs(
        [Values(1, 3, 31, 33, 1000)] int count, [Values(0, 0.1)] double decay, [Values(0f, 0.5f)] float clip,
        [Values(1e-8, 0.05)] double epsilon)
    {
        AdamSettings settings = new(LearningRate: 0.01, Epsilon: epsilon, WeightDecay: decay);
        double[] parameters = Numbers.Uniforms(count);
        Run run = new(this, parameters, settings, clip);
        ReferenceAdam reference = new(settings, count);
        for (int step = 0; step < Steps; step++)
        {
            double[] gradients = Numbers.Uniforms(count);
            run.Step(gradients);
            if (clip > 0)
                ReferenceClip.Clip([gradients], clip);
            reference.Step(parameters, gradients);
            Compare.Close(run.Parameters.Read(), parameters, 1e-6, 1e-6, $"parameters after step {step + 1}");
            Compare.Close(run.First.Read(), reference.First, 1e-6, 1e-6, $"first moments after step {step + 1}");
            Compare.Close(run.Second.Read(), reference.Second, 1e-7, 1e-6, $"second moments after step {step + 1}");
        }
        Assert.That(run.State.Read()[StepState.Applied], Is.EqualTo(Steps));
        Assert.That(run.State.Read()[StepState.Skipped], Is.Zero);
    }

    [TestCaseSource(typeof(TorchOptimizers), nameof(TorchOptimizers.Optimizers))]
    public void Ten_steps_are_PyTorchs(TorchOptimizer torch)
    {
        bool isAdam = torch.Kind is OptimizerKind.Adam or OptimizerKind.AdamW;
        AdamSettings settings = new(LearningRate: torch.Rate, Beta1: isAdam ? 0.9 : torch.Momentum,
            Beta2: isAdam ? 0.999 : 0.99, WeightDecay: torch.Decay);
        Run run = new(this, torch.Start, settings, clip: 0, more: new()
        {
            Kind = torch.Kind, Nesterov = torch.Nesterov ? 1 : 0, MaxValue = (float)torch.Clip,
        });
        // RMSprop's first steps divide a gradient by a tenth of its own rounded square's root.
        double tolerance = torch.Kind == OptimizerKind.RmsProp ? 3e-6 : 1e-6;
        for (int step = 0; step < torch.After.Length; step++)
        {
            run.Step(torch.Gradients[step]);
            Compare.Close(run.Parameters.Read(), torch.After[step], tolerance, tolerance, $"after step {step + 1}");
        }
    }

    [Test]
    public void A_gradient_that_is_not_finite_changes_nothing_and_is_recorded(
        [Values(float.NaN, float.PositiveInfinity)] float bad, [Values(0, 17, 32)] int place)
    {
        Run run = new(this, Numbers.Uniforms(33), new(), 1);
        run.Step(Numbers.Uniforms(33));
        float[][] before = [run.Parameters.Read(), run.First.Read(), run.Second.Read()];
        double[] gradients = Numbers.Uniforms(33);
        gradients[place] = bad;
        run.Step(gradients);
        Assert.That(new[] { run.Parameters.Read(), run.First.Read(), run.Second.Read() }, Is.EqualTo(before));
        gradients[0] = bad; // a second one leaves the record of the first
        run.Step(gradients);
        run.Step(Numbers.Uniforms(33));
        int[] state = run.State.Read();
        Assert.That(state[StepState.Step], Is.EqualTo(4));
        Assert.That(state[StepState.Applied], Is.EqualTo(2));
        Assert.That(state[StepState.Skipped], Is.EqualTo(2));
        Assert.That(state[StepState.FirstSkipped], Is.EqualTo(1));
        Assert.That(state[StepState.BadOffset], Is.EqualTo(place));
    }

    [Test]
    public void A_loss_that_is_not_finite_changes_nothing_and_is_recorded(
        [Values(float.NaN, float.NegativeInfinity)] float loss)
    {
        Run run = new(this, Numbers.Uniforms(33), new(), 1);
        run.Step(Numbers.Uniforms(33));
        float[][] before = [run.Parameters.Read(), run.First.Read(), run.Second.Read()];
        run.Step(Numbers.Uniforms(33), loss);
        Assert.That(new[] { run.Parameters.Read(), run.First.Read(), run.Second.Read() }, Is.EqualTo(before));
        double[] gradients = Numbers.Uniforms(33);
        gradients[5] = double.NaN; // a second one leaves the record of the first
        run.Step(gradients, loss);
        run.Step(Numbers.Uniforms(33));
        int[] state = run.State.Read();
        Assert.That(state[StepState.Applied], Is.EqualTo(2));
        Assert.That(state[StepState.Skipped], Is.EqualTo(2));
        Assert.That(state[StepState.FirstSkipped], Is.EqualTo(1));
        Assert.That(state[StepState.BadOffset], Is.EqualTo(StepState.Loss));
    }

    [Test]
    public void A_gradient_is_named_before_the_loss()
    {
        Run run = new(this, Numbers.Uniforms(33), new(), 1);
        double[] gradients = Numbers.Uniforms(33);
        gradients[5] = double.NaN;
        run.Step(gradients, float.NaN);
        Assert.That(run.State.Read()[StepState.BadOffset], Is.EqualTo(5));
    }

    [Test]
    public void The_history_keeps_the_last_steps_and_the_state_moves_on()
    {
        const int Batch = 4;
        Run run = new(this, Numbers.Uniforms(2), new(), 0, historyRows: 3, batch: Batch);
        for (int step = 0; step < 5; step++)
            run.Step([3 * step, 4 * step], 8 + step, hits: step);
        Assert.That(run.History.Read(), Is.EqualTo(new[] { 11 / 4f, 3, 15, 4, 12 / 4f, 4, 20, 4, 10 / 4f, 2, 10, 4 }));
        Assert.That(run.State.Read()[StepState.Step], Is.EqualTo(5));
        Assert.That(run.State.Read()[StepState.Position], Is.EqualTo(5 * Batch));
    }

    /// <summary>Where sequences are read in pieces, samples are done with the last, and the next begins anew; the mean
    /// loss is over the labels that were counted.</summary>
    [Test]
    public void Pieces_move_the_state_on_within_a_batch_and_the_mean_is_over_what_was_counted()
    {
        Run run = new(this, Numbers.Uniforms(2), new(), 0, historyRows: 3, batch: 4);
        run.Step([3, 4], 12, hits: 2, batch: 0, pieceSteps: 5, count: 6);
        run.Step([3, 4], 12, hits: 2, batch: 0, pieceSteps: 5, count: 3);
        Assert.That(run.State.Read()[StepState.First], Is.EqualTo(10));
        Assert.That(run.State.Read()[StepState.Position], Is.Zero);
        run.Step([3, 4], 12, hits: 2, count: 2);
        Assert.That(run.State.Read()[StepState.First], Is.Zero);
        Assert.That(run.State.Read()[StepState.Position], Is.EqualTo(4));
        Assert.That(run.History.Read(), Is.EqualTo(new float[] { 2, 2, 5, 6, 4, 2, 5, 3, 6, 2, 5, 2 }));
    }

    /// <summary>A parameter buffer and what its steps need.</summary>
    private sealed class Run
    {
        private readonly OptimizerFixture _fixture;
        private readonly OptimizerPass _pass;
        private readonly Guarded<float> _gradients, _result;

        public Run(
            OptimizerFixture fixture, double[] parameters, AdamSettings settings, float clip, int historyRows = 1,
            int batch = 1, OptimizerSettings more = default)
        {
            double[] zeros = new double[parameters.Length];
            _fixture = fixture;
            Parameters = fixture.Updated(parameters, "parameters");
            (First, Second) = (fixture.Updated(zeros, "first moments"), fixture.Updated(zeros, "second moments"));
            (_gradients, _result) = (fixture.Updated(zeros, "gradients"), fixture.Updated([0.0, 0], "result"));
            History = fixture.Output(OptimizerPass.HistoryColumns * historyRows, "history");
            State = fixture.Updated<int>(new int[StepState.Length], "state");
            double[] schedule = new double[3 * Steps];
            for (int step = 0; step < Steps; step++)
            {
                schedule[3 * step] = settings.LearningRate;
                schedule[3 * step + 1] = 1 / (1 - Math.Pow(settings.Beta1, step + 1));
                schedule[3 * step + 2] = 1 / Math.Sqrt(1 - Math.Pow(settings.Beta2, step + 1));
            }
            _pass = new()
            {
                Parameters = Parameters.View, Gradients = _gradients.View,
                FirstMoment = First.View, SecondMoment = Second.View, Norm = fixture.Output(1, "norm").View,
                Result = _result.View, State = State.View, Schedule = fixture.Input(schedule, "schedule").View,
                Settings = more with
                {
                    Beta1 = (float)settings.Beta1, Beta2 = (float)settings.Beta2, Epsilon = (float)settings.Epsilon,
                    WeightDecay = (float)settings.WeightDecay, MaxNorm = clip,
                },
                BatchSize = batch, History = History.View,
            };
        }

        public Guarded<float> Parameters { get; }
        public Guarded<float> First { get; }
        public Guarded<float> Second { get; }
        public Guarded<float> History { get; }
        public Guarded<int> State { get; }

        /// <param name="batch">Null: the run's.</param>
        /// <param name="count">What the mean is over; null: the samples.</param>
        public void Step(double[] gradients, float loss = 1, int hits = 0, int? batch = null, int pieceSteps = 0,
            float? count = null)
        {
            _fixture.Engine.Write<float>(_result.View, [loss, hits]);
            _fixture.Engine.Write<float>(_gradients.View, Compare.Narrow(gradients));
            _fixture.Operations.GlobalNorm(_pass.Gradients, _pass.Norm);
            _fixture.Operations.OptimizerStep(_pass with
            {
                BatchSize = batch ?? _pass.BatchSize, PieceSteps = pieceSteps,
                Count = count is { } all ? _fixture.Input<float>([all], "count").View : default,
            });
        }
    }
}
