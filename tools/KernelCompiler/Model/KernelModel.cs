namespace GpuLstm.KernelCompiler.Model;

/// <summary>All that is written for one kernel. Text only: no symbol keeps an old compilation alive.</summary>
/// <param name="Namespace">Of the class.</param>
/// <param name="ClassName">The partial class that gets descriptor and launcher.</param>
/// <param name="IsPublic">Whether kernel and class are public.</param>
/// <param name="MethodName">The C# method.</param>
/// <param name="EntryPoint">The name in the C text.</param>
/// <param name="Body">The C text without prelude.</param>
/// <param name="Parameters">Without the index.</param>
/// <param name="IndexDimensions">1 to 3, or 0 for a kernel launched in explicit groups.</param>
/// <param name="Targets">The attribute's flags.</param>
/// <param name="MinArch">The attribute's lowest CUDA architecture.</param>
/// <param name="UsesDouble">A double occurs.</param>
/// <param name="UsesDynamicShared">The launch's shared memory is read.</param>
/// <param name="IsCooperative">Groups wait for each other.</param>
/// <param name="HasLauncher">The signature is sound enough to write the launcher.</param>
/// <param name="Diagnostics">What stands against the kernel.</param>
internal sealed record KernelModel(
    string Namespace,
    string ClassName,
    bool IsPublic,
    string MethodName,
    string EntryPoint,
    string Body,
    EquatableArray<ParameterModel> Parameters,
    int IndexDimensions,
    int Targets,
    int MinArch,
    bool UsesDouble,
    bool UsesDynamicShared,
    bool IsCooperative,
    bool HasLauncher,
    EquatableArray<DiagnosticInfo> Diagnostics)
{
    public string FullName => Namespace.Length == 0 ? ClassName : $"{Namespace}.{ClassName}";
}

internal enum ParameterKind
{
    View,
    Value,
    Specialized,
}

/// <summary>A kernel parameter.</summary>
/// <param name="Name">As in the C#.</param>
/// <param name="Kind">How it is handed over.</param>
/// <param name="Type">C# type, fully qualified, of the value or of the view's element.</param>
/// <param name="ShortType">The same for people.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Written">Whether the kernel may write through the view.</param>
/// <param name="Default">A specialised value's default.</param>
internal sealed record ParameterModel(
    string Name, ParameterKind Kind, string Type, string ShortType, int Size, bool Written, int Default);

/// <summary>The kernels of an assembly.</summary>
/// <param name="Namespace">Where the catalog goes: the assembly's name.</param>
/// <param name="Descriptors">Full names of the descriptors.</param>
internal sealed record CatalogModel(string Namespace, EquatableArray<string> Descriptors);
