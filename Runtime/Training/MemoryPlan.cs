using System.Globalization;
using System.Text.Json.Serialization;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>Bytes of device memory that training takes, known before anything is allocated. An accelerator's padding
/// and scratch, which it alone knows, are counted as the CPU has them; others come close.</summary>
/// <param name="Moments">Both of Adam's.</param>
/// <param name="Activations">A batch, what the layers keep of it for backward, and their packed weights.</param>
/// <param name="Evaluation">The network without gradients, and all its answers.</param>
/// <param name="Data">Training and test samples, labels and their order.</param>
/// <param name="Schedule">The learning rate of every step and the log of the last ones.</param>
public sealed record MemoryPlan(long Parameters, long Gradients, long Moments, long Activations, long Evaluation,
    long Data, long Schedule)
{
    private const int Lane = 16; // floats of the widest vector: hidden units are padded to it

    /// <summary>Of the largest single buffer: a layer's gates, or the training samples.</summary>
    [JsonIgnore] // no part of the sum
    public long Largest { get; private init; }

    public long Total => Parameters + Gradients + Moments + Activations + Evaluation + Data + Schedule;

    /// <param name="samples">Training samples.</param>
    /// <param name="testSamples">Test samples.</param>
    public static MemoryPlan Of(Recipe recipe, NetworkSpec network, int samples, int testSamples)
    {
        int batch = Math.Min(recipe.Batch, samples), testBatch = Math.Min(Evaluator.BatchSize, testSamples);
        long parameters = sizeof(float) * network.Parameters().Sum(p => Pad(p.Count));
        long steps = (samples + (long)batch - 1) / batch * recipe.Epochs;
        long sampleBytes = (long)network.TimeSteps * network.InputSize + sizeof(byte) + sizeof(int);
        return new(parameters, parameters, 2 * parameters, Working(network, batch, training: true),
            Working(network, testBatch, training: false) + sizeof(float) * (long)testSamples * network.Outputs,
            (samples + (long)testSamples) * sampleBytes, 3 * sizeof(float) * (steps + Optimizer.HistoryCapacity))
        {
            Largest = Math.Max((long)samples * network.TimeSteps * network.InputSize,
                4 * sizeof(float) * (long)network.TimeSteps * batch * network.Stack.HiddenSize.Values.Max()),
        };
    }

    /// <summary>The plan of a run on a data set.</summary>
    public static MemoryPlan Of(Recipe recipe, Dataset data)
    {
        int steps = Math.Max(data.Train.TimeSteps, data.Test.TimeSteps);
        MemoryPlan plan = Of(recipe, recipe.Network(steps, data.Train.InputSize, data.Classes.Count),
            data.Train.Count, data.Test.Count);
        if (data.Train is not SequenceSamples)
            return plan;
        long train = data.Train.Bytes().Length, test = data.Test.Bytes().Length;
        long indices = (data.Train.Count + (long)data.Test.Count) * (sizeof(byte) + 3 * sizeof(int));
        return plan with { Data = train + test + indices, Largest = Math.Max(plan.Largest, train) };
    }

    /// <summary>Refuses what the device cannot hold, and says which batch it could.</summary>
    /// <exception cref="DeviceException">It has less memory than the plan.</exception>
    public static void Check(Engine engine, Recipe recipe, Dataset data)
    {
        MemoryPlan plan = Of(recipe, data);
        if (plan.FitsIn(engine.MemoryBytes, engine.LargestBufferBytes))
            return;
        int batch = LargestBatch(recipe, data, engine.MemoryBytes, engine.LargestBufferBytes);
        throw new DeviceException(string.Create(CultureInfo.InvariantCulture,
            $"Training with a batch of {Math.Min(recipe.Batch, data.Train.Count)} needs {plan.Total / 1e9:N1} GB and "
            + $"the device {engine.Id} has {engine.MemoryBytes / 1e9:N1} GB")
            + (plan.Largest <= engine.LargestBufferBytes ? "" : string.Create(CultureInfo.InvariantCulture,
                $", in buffers of at most {engine.LargestBufferBytes / 1e9:N1} GB"))
            + (batch > 0 ? $": --batch {batch} fits." : ": a smaller --hidden or --layers needs less."));
    }

    /// <summary>The same error with the largest batch that takes no more than the device had given before.</summary>
    public static DeviceException Advise(DeviceMemoryException error, Engine engine, Recipe recipe,
        Dataset data) =>
        LargestBatch(recipe, data, error.UsedBytes, engine.LargestBufferBytes) is > 0 and int batch
            ? new DeviceException($"{error.Message} What it has given so far would hold --batch {batch}.", error)
            : error;

    /// <summary>The largest batch, up to the recipe's, whose plan fits; 0 if none does.</summary>
    public static int LargestBatch(Recipe recipe, Dataset data, long memoryBytes, long largestBufferBytes)
    {
        int fits = 0, over = Math.Min(recipe.Batch, data.Train.Count) + 1;
        while (over - fits > 1)
        {
            int batch = (fits + over) / 2;
            if (Of(recipe with { Batch = batch }, data).FitsIn(memoryBytes, largestBufferBytes))
                fits = batch;
            else
                over = batch;
        }
        return fits;
    }

    private bool FitsIn(long memoryBytes, long largestBufferBytes) => Total <= memoryBytes
        && Largest <= largestBufferBytes;

    /// <summary>What a network works in, with the batch that it reads.</summary>
    private static long Working(NetworkSpec network, int batch, bool training)
    {
        long rows = (long)network.TimeSteps * batch;
        long kept = training ? rows : 2L * batch; // inference keeps two steps of gates
        long answers = network.Head == Head.StepClasses ? rows : batch;
        long floats = rows * network.InputSize + answers * network.Outputs;
        floats += rows * network.PreLinear * (training ? 2 : 1);
        LstmSpec stack = network.Stack;
        for (int layer = 0; layer < stack.Layers; layer++)
        {
            bool top = layer == stack.Layers - 1, both = stack.Directions == 2; // as RecurrentLayer allocates
            long output = stack.OutputSize(layer), state = stack.StateSize(layer);
            floats += stack.Directions * Direction(stack, layer, rows, batch, kept, training);
            if (!top && (both || training && stack.Variant.Dropout > 0))
                floats += rows * output; // what is passed on, apart from what the directions keep
            if (training && !top)
                floats += rows * (output + (both ? state : 0)); // its gradient, and one direction's part of it
            if (top && both)
                floats += batch * (output + (training ? state : 0));
        }
        if (training)
            floats += answers * (network.Outputs + network.FinalSize);
        return sizeof(float) * floats;
    }

    /// <summary>Floats that one direction of a layer works in.</summary>
    private static long Direction(LstmSpec stack, int layer, long rows, int batch, long kept, bool training)
    {
        LstmVariant variant = stack.Variant;
        long units = stack.HiddenSize[layer], state = stack.StateSize(layer), floats = rows * state; // outputs
        floats += variant is { Projection: 0, LayerNorm: false }
            ? Fused(variant, stack.InputOf(layer), units, rows, batch, kept, training)
            : Composed(variant, units, state, rows, batch, training);
        if (training && variant.RecurrentDropout > 0)
            floats += batch * state;
        if (training && variant.ZoneoutHidden > 0)
            floats += rows * state / sizeof(float); // masks are bytes
        if (training && variant.ZoneoutCell > 0)
            floats += rows * units / sizeof(float);
        return floats;
    }

    private static long Fused(LstmVariant variant, long inputs, long units, long rows, int batch, long kept,
        bool training)
    {
        // gates, cells and their tanh
        long hidden = Pad(units), gates = 4 * hidden, floats = kept * (gates + 2 * hidden);
        floats += gates * (inputs + units); // packed weights
        if (training)
            floats += gates * (Pad(inputs) + hidden) + batch * hidden;
        if (training && variant.RecurrentDropout > 0)
            floats += (rows + batch) * units; // masked h
        if (training && (variant.RecurrentDropout > 0 || variant.ZoneoutHidden > 0 || variant.ZoneoutCell > 0))
            floats += batch * hidden;
        return floats;
    }

    private static long Composed(LstmVariant variant, long units, long state, long rows, int batch, bool training)
    {
        // gates, cells before and new, h and what it is made of
        long floats = rows * (7 * units + state) + batch * (2 * state + 5 * units);
        if (variant.LayerNorm)
            // both parts before the norm, and the normed cell (a GPU also keeps products with gradients)
            floats += rows * 9 * units;
        if (training)
            floats += rows * state + batch * (2 * state + 4 * units); // gradients of h, and of a step
        if (training && variant.RecurrentDropout > 0)
            floats += rows * state;
        return floats;
    }

    private static long Pad(long count) => (count + Lane - 1) / Lane * Lane;
}
