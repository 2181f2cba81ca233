using System.Collections.Immutable;
using GpuLstm.KernelCompiler;
using GpuLstm.Kernels.Language;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace GpuLstm.Tests.KernelCompiler;

/// <summary>Runs the kernel compiler on a source text.</summary>
internal static class GeneratorHost
{
    private const string Usings =
        "global using System; global using System.ComponentModel; global using GpuLstm.Kernels.Language;";

    private static readonly ImmutableArray<MetadataReference> s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
        MetadataReference.CreateFromFile(typeof(KernelDescriptor).Assembly.Location),
    ];

    public static CSharpParseOptions ParseOptions { get; } = new(LanguageVersion.Latest);

    public static CSharpCompilation Compile(string source) => CSharpCompilation.Create(
        "Samples",
        [Parse(Usings, "Usings.cs"), Parse(source, "Kernels.cs")],
        s_references,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true,
            nullableContextOptions: NullableContextOptions.Enable));

    public static SyntaxTree Parse(string source, string path) =>
        CSharpSyntaxTree.ParseText(SourceText.From(source, System.Text.Encoding.UTF8), ParseOptions, path);

    public static GeneratorDriver Driver() => CSharpGeneratorDriver.Create(
        [new KernelGenerator().AsSourceGenerator()],
        parseOptions: ParseOptions,
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None,
            trackIncrementalGeneratorSteps: true));

    public static GeneratorDriverRunResult Run(string source) => Driver().RunGenerators(Compile(source)).GetRunResult();

    /// <summary>The C text of the only kernel of a source, which must be free of errors, as must be what is
    /// generated.</summary>
    public static string Body(string source)
    {
        GeneratorDriver driver = Driver().RunGeneratorsAndUpdateCompilation(
            Compile(source), out Compilation output, out ImmutableArray<Diagnostic> diagnostics);
        IEnumerable<Diagnostic> errors = output.GetDiagnostics().Concat(diagnostics)
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        Assert.That(errors, Is.Empty);
        string generated = driver.GetRunResult().Results[0].GeneratedSources
            .Single(file => file.HintName != "KernelCatalog.g.cs").SourceText.ToString();
        const string Quote = "\"\"\"\"";
        int start = generated.IndexOf(Quote, StringComparison.Ordinal) + Quote.Length + 1;
        return generated[start..(generated.IndexOf(Quote, start, StringComparison.Ordinal) - 1)];
    }
}
