using System.Text;
using GpuLstm.KernelCompiler.Analysis;
using GpuLstm.KernelCompiler.Model;
using GpuLstm.KernelCompiler.Writing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace GpuLstm.KernelCompiler;

/// <summary>Adds to each static method marked [Kernel] its C text and a typed launcher, and to the assembly a catalog
/// of its kernels.</summary>
[Generator]
public sealed class KernelGenerator : IIncrementalGenerator
{
    /// <summary>Names of the pipeline's steps, for tests of what an edit repeats.</summary>
    public const string ModelStep = "Kernel", CatalogStep = "Catalog";

    private const string Attribute = "GpuLstm.Kernels.Language.KernelAttribute";

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<KernelModel> kernels = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                Attribute, static (node, _) => node is MethodDeclarationSyntax, KernelAnalyzer.Analyze)
            .WithTrackingName(ModelStep);

        context.RegisterSourceOutput(kernels, static (output, kernel) =>
        {
            foreach (DiagnosticInfo diagnostic in kernel.Diagnostics)
                output.ReportDiagnostic(diagnostic.ToDiagnostic());
            if (kernel.HasLauncher)
                output.AddSource(
                    $"{kernel.FullName}.{kernel.MethodName}.g.cs",
                    SourceText.From(LauncherWriter.Write(kernel), Encoding.UTF8));
        });

        IncrementalValueProvider<CatalogModel> catalog = kernels
            .Where(static kernel => kernel.HasLauncher)
            .Select(static (kernel, _) => $"global::{kernel.FullName}.{kernel.MethodName}Kernel")
            .Collect()
            .Combine(context.CompilationProvider.Select(static (compilation, _) =>
                compilation.AssemblyName ?? "Kernels"))
            .Select(static (pair, _) => new CatalogModel(
                pair.Right, new EquatableArray<string>(pair.Left.OrderBy(name => name, StringComparer.Ordinal))))
            .WithTrackingName(CatalogStep);

        context.RegisterSourceOutput(catalog, static (output, kernels) =>
        {
            if (kernels.Descriptors.Count > 0)
                output.AddSource("KernelCatalog.g.cs",
                    SourceText.From(LauncherWriter.WriteCatalog(kernels), Encoding.UTF8));
        });
    }
}
