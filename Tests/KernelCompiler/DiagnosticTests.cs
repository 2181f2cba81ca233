using Microsoft.CodeAnalysis;

namespace GpuLstm.Tests.KernelCompiler;

/// <summary>Each thing outside the language, with its id at the exact token: the text between [| and |].</summary>
[TestFixture]
public class DiagnosticTests
{
    private static TestCaseData Case(string name, string id, string members) =>
        new TestCaseData(id, members).SetArgDisplayNames(name);

    private static string Kernel(string statements) =>
        $"[Kernel] public static void Run(ArrayView<float> x, ArrayView<int> n, int k) {{ {statements} }}";

    private static string Indexed(string statements) =>
        $"[Kernel] public static void Run(Index1D i, ArrayView<float> x) {{ {statements} }}";

    private static IEnumerable<TestCaseData> Cases() =>
    [
        Case("instance method", "KRN0001", "[Kernel] public void [|Run|](ArrayView<float> x) { }"),
        Case("return value", "KRN0001", "[Kernel] public static [|int|] Run(ArrayView<float> x) => 1;"),
        Case("generic kernel", "KRN0001", "[Kernel] public static void [|Run|]<T>(ArrayView<float> x) { }"),
        Case("array parameter", "KRN0002", "[Kernel] public static void Run([|float[]|] x) { }"),
        Case("bool view", "KRN0002", "[Kernel] public static void Run([|ArrayView<bool>|] x) { }"),
        Case("ref parameter", "KRN0002", "[Kernel] public static void Run(ref [|int|] x) { }"),
        Case("late index", "KRN0002", "[Kernel] public static void Run(int a, [|Index1D|] i) { }"),
        Case("string local", "KRN0003", Kernel("[|string|] s;")),
        Case("decimal local", "KRN0003", Kernel("[|decimal|] d;")),
        Case("foreach", "KRN0004", Kernel("[|foreach|] (char c in \"ab\") { }")),
        Case("throw", "KRN0004", Kernel("if (k > 0) [|throw|] new Exception();")),
        Case("try", "KRN0004", Kernel("[|try|] { } finally { }")),
        Case("label", "KRN0004", Kernel("[|end|]: k = 1;")),
        Case("local function", "KRN0004", Kernel("int [|F|]() => 1; ")),
        Case("delegate", "KRN0003", Kernel("[|Func<int, int>|] f = a => a;")),
        Case("property", "KRN0005", Kernel("k = \"a\".[|Length|];")),
        Case("checked", "KRN0005", Kernel("k = checked(k [|+|] 1);")),
        Case("unknown method", "KRN0006", Kernel("x[0] = (float)Math.[|Cosh|](1.0);")),
        Case("console", "KRN0006", Kernel("Console.[|WriteLine|]();")),
        Case("recursion", "KRN0007", Kernel("k = F(k);") + "static int F(int a) => a < 1 ? 0 : [|F|](a - 1);"),
        Case("array length", "KRN0008", Kernel("ArrayView<float> s = SharedMemory.Allocate<float>([|k|]); s[0] = 1;")),
        Case("shared in helper", "KRN0009", Kernel("F();")
            + "static void F() { ArrayView<float> s = SharedMemory.[|Allocate|]<float>(4); s[0] = 1; }"),
        Case("two memories", "KRN0010", Kernel(
            "ArrayView<float> s = SharedMemory.Allocate<float>(4); ArrayView<float> v = x; v = [|s|]; v[0] = 1;")),
        Case("nested assignment", "KRN0011", Kernel("int a; int b = a [|=|] k;")),
        Case("increment as index", "KRN0011", Kernel("x[[|k++|]] = 1;")),
        Case("atomic in a sum", "KRN0011", Kernel("int a = 1 + Atomic.[|Add|](ref n[0], 1);")),
        Case("warp", "KRN0012", Kernel("x[0] = Warp.[|ShuffleXor|](x[0], 1);")),
        Case("barrier over a range", "KRN0013", Indexed("Group.[|Barrier|]();")),
        Case("group index over a range", "KRN0013", Indexed("x[Group.[|IdxX|]] = 1;")),
        Case("specialised without default", "KRN0014",
            "[Kernel] public static void Run(ArrayView<float> x, SpecializedValue<int> [|tile|]) { }"),
        Case("mutable static", "KRN0015", Kernel("x[0] = [|Counter|];") + "static float Counter;"),
        Case("float to byte", "KRN0016", Kernel("int b = [|(byte)x[0]|];")),
        Case("unroll elsewhere", "KRN0017", Kernel("int b = Loop.[|Unroll|](4);")),
        Case("word of another architecture", "KRN0019",
            "[Kernel(Targets = KernelTargets.Cuda, MinArch = 75)] public static void Run() => AsyncCopy.[|Commit|]();"),
        Case("word of CUDA alone", "KRN0019", Kernel("x[0] = FastMath.[|Rcp|](x[0]);")),
        Case("argument of an instruction", "KRN0020", "[Kernel(Targets = KernelTargets.Cuda, MinArch = 80)] "
            + "public static void Run(int k) => AsyncCopy.Wait([|k|]);"),
        Case("view without value", "KRN0018", Kernel("ArrayView<float> [|v|];")),
    ];

    [TestCaseSource(nameof(Cases))]
    public void Outside_the_language_is_an_error_at_the_token(string id, string members)
    {
        int start = members.IndexOf("[|", StringComparison.Ordinal),
            end = members.IndexOf("|]", StringComparison.Ordinal) - 2;
        members = members.Replace("[|", "", StringComparison.Ordinal).Replace("|]", "", StringComparison.Ordinal);
        const string Head = "namespace Sample;\n\npublic static partial class Kernels\n{\n    ";
        Diagnostic[] found = [.. GeneratorHost.Run(Head.Replace("static partial", "partial", StringComparison.Ordinal)
            + members + "\n}\n").Diagnostics];
        Assert.That(found.Select(diagnostic => diagnostic.Id), Is.All.EqualTo(id).And.Not.Empty,
            string.Join("\n", found.Select(d => d.ToString())));
        FileLinePositionSpan place = found[0].Location.GetLineSpan();
        Assert.Multiple(() =>
        {
            Assert.That(place.Path, Is.EqualTo("Kernels.cs"));
            Assert.That(place.StartLinePosition.Line, Is.EqualTo(4));
            Assert.That(place.StartLinePosition.Character, Is.EqualTo(4 + start));
            Assert.That(place.EndLinePosition.Character, Is.EqualTo(4 + end));
            Assert.That(found[0].GetMessage(System.Globalization.CultureInfo.InvariantCulture),
                Does.Match("[;,]| must | has no | needs | belongs "));
        });
    }

    [Test]
    public void A_class_that_is_not_partial_is_an_error_at_the_kernel()
    {
        Diagnostic[] found = [.. GeneratorHost.Run("static class Kernels { [Kernel] public static void Run() { } }")
            .Diagnostics];
        Assert.That(found.Select(diagnostic => diagnostic.Id), Is.EqualTo(new[] { "KRN0001" }));
    }

    [Test]
    public void Several_errors_of_one_kernel_are_all_reported()
    {
        Diagnostic[] found = [.. GeneratorHost.Run(
            "static partial class Kernels { [Kernel] public static void Run(ArrayView<float> x) "
            + "{ x[0] = (float)Math.Cosh(1.0); Console.WriteLine(); throw new Exception(); } }").Diagnostics];
        Assert.That(found.Select(diagnostic => diagnostic.Id), Is.EqualTo(new[] { "KRN0006", "KRN0006", "KRN0004" }));
    }
}
