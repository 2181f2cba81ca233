using System.Reflection;

namespace GpuLstm.Kernels.Gpu;

/// <summary>What a kernel is compiled for.</summary>
[Flags]
public enum KernelTargets
{
    OpenCl = 1,
    Ptx = 2,
    All = OpenCl | Ptx,
}

/// <summary>A kernel as it is compiled.</summary>
/// <param name="Method">With its type arguments, where it is generic.</param>
/// <param name="Targets">Where it can run, beside ILGPU's CPU accelerator.</param>
/// <param name="LeastCapability">The first architecture of CUDA that has its instructions: 80 is sm_80. 0: any.</param>
/// <param name="MostItems">Of a group, which bounds the registers that the compiler gives each. 0: no bound.</param>
public sealed record KernelEntry(MethodInfo Method, KernelTargets Targets, int LeastCapability = 0, int MostItems = 0)
{
    /// <summary>Class, method and type arguments: <c>MatMul.Tiled.Block8</c>.</summary>
    public string Name { get; } = string.Join('.',
        [Method.DeclaringType!.Name, Method.Name, .. Method.GetGenericArguments().Select(type => type.Name)]);

    /// <summary>What its compiler is told of launches.</summary>
    public KernelSpecialization Specialization => MostItems == 0 ? KernelSpecialization.Empty : new(MostItems, 1);

    /// <summary>Whether its groups wait for each other, so that all of a launch must run at once.</summary>
    public bool IsCooperative { get; init; }

    /// <summary>Whether it runs over a range: its first parameter is the item's index. Others run in groups.</summary>
    public bool IsOverRange { get; } = Method.GetParameters()[0].ParameterType == typeof(Index1D);
}

/// <summary>Every kernel that the runtime launches.</summary>
public static class KernelTable
{
    public static IReadOnlyList<KernelEntry> All { get; } =
    [
        Of(Optimizer.Update), Of(Optimizer.EndStep),
        Of(AugmentedGather.Draw), Of(AugmentedGather.Gather),
        Of(Dropout.Apply), Of(Dropout.Draw),
        Of(Elementwise.Fill), Of(Elementwise.Copy), Of(Elementwise.CopyColumns), Of(Elementwise.Add),
        Of(Gather.Normalised), Of(Gather.Sequences), Of(Gather.StepLabels), Of(Gather.Rows),
        Of(WindowGather.Bases), Of(WindowGather.Inputs), Of(WindowGather.Answers),
        Of(LayerNorm.Forward), Of(LayerNorm.Backward),
        Of(LstmParts.Cell), Of(LstmParts.Hidden), Of(LstmParts.HiddenBack), Of(LstmParts.CellBack), Of(LstmParts.Mix),
        Of(LstmParts.MixBack), Of(LstmParts.AddMasked),
        Of(LstmSequence.Pack),
        Of(LstmSequence.Forward<Units64>), Of(LstmSequence.Forward<Units128>), Of(LstmSequence.Forward<Units256>),
        Of(LstmSequence.Backward<Units64>), Of(LstmSequence.Backward<Units128>), Of(LstmSequence.Backward<Units256>),
        .. Cuda(0, [OnChipWeights.Pack]),
        .. OnChip(0, OnChipVariant.Persistent),
        .. OnChip(80, OnChipVariant.Spread).Select(entry => entry with { IsCooperative = true }),
        Of(LstmStep.Forward), Of(LstmStep.Backward),
        Of(LstmStepVariant.Forward), Of(LstmStepVariant.Backward),
        Of(MatMul.Tiled<Block4>), Of(MatMul.Tiled<Block8>), Of(MatMul.AddParts),
        .. Cuda(80, MatMulStaged.Kernels), .. Cuda(80, MatMulTensor.Kernels),
        Of(Peak.MultiplyAdd),
        Of(Reductions.SumRows), Of(Reductions.SquareSums), Of(Reductions.Norm),
        Of(SoftmaxCrossEntropy.Forward), Of(SoftmaxCrossEntropy.Total), Of(SoftmaxCrossEntropy.Count),
        Of(ValueLoss.Forward),
    ];

    private static readonly Dictionary<MethodInfo, KernelEntry> s_byMethod = All.ToDictionary(entry => entry.Method);

    /// <summary>The entry of a kernel.</summary>
    /// <exception cref="KeyNotFoundException">It is not in the table.</exception>
    public static KernelEntry Entry(MethodInfo method) => s_byMethod[method];

    private static IEnumerable<KernelEntry> Cuda(int leastCapability, IEnumerable<Delegate> kernels) =>
        kernels.Select(kernel => new KernelEntry(kernel.Method, KernelTargets.Ptx, leastCapability));

    private static IEnumerable<KernelEntry> OnChip(int leastCapability, IEnumerable<OnChipVariant> variants) =>
        variants.SelectMany(variant => Cuda(leastCapability, [variant.Forward, variant.Backward])
            .Select(entry => entry with { MostItems = variant.MostItems }));

    private static KernelEntry Of(Delegate kernel, KernelTargets targets = KernelTargets.All) =>
        new(kernel.Method, targets);
}
