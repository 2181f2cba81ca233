using GpuLstm.KernelCompiler;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace GpuLstm.Tests.KernelCompiler;

/// <summary>What an edit makes the compiler do again.</summary>
[TestFixture]
public class IncrementalityTests
{
    private const string Source = """
        public static partial class Kernels
        {
            [Kernel] public static void Fill(Index1D i, ArrayView<float> x) => x[i] = Value();
            [Kernel] public static void Scale(Index1D i, ArrayView<float> x) => x[i] *= 2;
            private static float Value() => 1;
        }
        """;

    [Test]
    public void A_comment_regenerates_nothing() => Assert.Multiple(() =>
    {
        GeneratorRunResult result = Edit("// a comment\n" + Source.Replace("=> 1;", "=> 1; // one",
            StringComparison.Ordinal));
        Assert.That(Reasons(result, KernelGenerator.ModelStep),
            Has.Exactly(2).Items.And.All.AnyOf(IncrementalStepRunReason.Unchanged, IncrementalStepRunReason.Cached));
        Assert.That(OutputReasons(result), Is.Not.Empty.And.All.EqualTo(IncrementalStepRunReason.Cached));
    });

    [Test]
    public void A_helper_regenerates_only_the_kernel_that_calls_it() => Assert.Multiple(() =>
    {
        GeneratorRunResult result = Edit(Source.Replace("=> 1;", "=> 3;", StringComparison.Ordinal));
        Assert.That(Reasons(result, KernelGenerator.ModelStep), Is.EquivalentTo(
            new[] { IncrementalStepRunReason.Modified, IncrementalStepRunReason.Unchanged }));
        Assert.That(OutputReasons(result).Count(reason => reason == IncrementalStepRunReason.Modified), Is.EqualTo(1));
    });

    private static GeneratorRunResult Edit(string changed)
    {
        CSharpCompilation before = GeneratorHost.Compile(Source);
        GeneratorDriver driver = GeneratorHost.Driver().RunGenerators(before);
        SyntaxTree old = before.SyntaxTrees.Single(tree => tree.FilePath == "Kernels.cs");
        CSharpCompilation after = before.ReplaceSyntaxTree(old, GeneratorHost.Parse(changed, "Kernels.cs"));
        return driver.RunGenerators(after).GetRunResult().Results[0];
    }

    private static IEnumerable<IncrementalStepRunReason> Reasons(GeneratorRunResult result, string step) =>
        result.TrackedSteps[step].SelectMany(run => run.Outputs).Select(output => output.Reason);

    private static List<IncrementalStepRunReason> OutputReasons(GeneratorRunResult result) =>
        [.. result.TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(run => run.Outputs).Select(output =>
            output.Reason)];
}
