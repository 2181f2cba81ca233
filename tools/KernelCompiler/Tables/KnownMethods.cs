using Microsoft.CodeAnalysis;

namespace GpuLstm.KernelCompiler.Tables;

/// <summary>What a known method asks of its place.</summary>
[Flags]
internal enum MethodTraits
{
    Pure = 0,
    /// <summary>Changes memory or waits: it must be an expression of its own.</summary>
    Impure = 1,
    /// <summary>Takes the group's one-int scratch array as first argument, so it must stand in the kernel
    /// itself.</summary>
    Scratch = 2,
    /// <summary>Exists where there are warps.</summary>
    Warp = 4,
    /// <summary>Needs an explicitly grouped kernel.</summary>
    Grouped = 8,
    /// <summary>Waits for other groups.</summary>
    Cooperative = 16,
    /// <summary>Its argument is a constant in the text.</summary>
    Constant = 32,
}

/// <summary>A method that the preludes define.</summary>
/// <param name="Name">In the preludes.</param>
/// <param name="Traits">What it asks of its place.</param>
/// <param name="CudaArch">The lowest architecture that has it; 0: OpenCL has it too.</param>
internal readonly record struct KnownMethod(string Name, MethodTraits Traits, int CudaArch = 0);

/// <summary>The methods of the language and of .NET that kernels may call: C# name to the word in the preludes.
/// A name with a parameter type after ':' holds for that overload only.</summary>
internal static class KnownMethods
{
    private static readonly string[] FloatFunctions =
    [
        "Abs", "Min", "Max", "Sqrt", "Rsqrt", "Exp", "Exp2", "Log", "Log2", "Log10", "Pow", "Sin", "Cos", "Tan", "Tanh",
        "Floor", "Ceiling", "Round", "Truncate", "CopySign",
    ];

    private static readonly Dictionary<string, KnownMethod> Table = Build();

    public static KnownMethod? Find(IMethodSymbol method)
    {
        string name = $"{method.ContainingType.Name}.{method.Name}";
        if (method.ContainingType.ContainingNamespace.ToDisplayString() is not
            ("System" or "System.Numerics" or KnownTypes.Language))
            return null;
        string first = method.Parameters.Length == 0 ? "" : method.Parameters[0].Type.ToDisplayString();
        return Table.TryGetValue($"{name}:{first}", out KnownMethod exact) ? exact
            : Table.TryGetValue(name, out KnownMethod known) ? known : null;
    }

    private static Dictionary<string, KnownMethod> Build()
    {
        Dictionary<string, KnownMethod> table = [];
        void Add(string key, string name, MethodTraits traits = MethodTraits.Pure) => table.Add(key, new(name, traits));

        foreach (string function in FloatFunctions)
        {
            Add($"MathF.{function}:float", $"MathF_{function}");
            Add($"XMath.{function}:float", $"MathF_{function}");
        }
        foreach (string function in new[] { "Abs", "Sqrt", "Exp", "Log", "Floor" })
            Add($"Math.{function}:double", $"Math_{function}");
        foreach (string type in new[] { "Math", "XMath", "IntrinsicMath" })
        {
            Add($"{type}.Abs:int", "Int_Abs");
            foreach (string integer in new[] { "int", "uint", "long", "ulong" })
            {
                Add($"{type}.Min:{integer}", "Int_Min");
                Add($"{type}.Max:{integer}", "Int_Max");
            }
        }
        foreach (string function in new[] { "Abs", "Min", "Max" })
            Add($"Math.{function}:float", $"MathF_{function}");
        foreach (string function in new[] { "IsNaN", "IsInfinity", "IsFinite" })
        {
            Add($"Single.{function}", $"Float_{function}");
            Add($"XMath.{function}:float", $"Float_{function}");
        }
        Add("Fused.MultiplyAdd:float", "Fused_MultiplyAdd");
        Add($"Fused.MultiplyAdd:{KnownTypes.Language}.Float4", "Fused_MultiplyAdd4");
        Add("MathF.FusedMultiplyAdd", "Fused_MultiplyAdd");
        Add("XMath.Clamp", "MathF_Clamp");
        Add("XMath.Rcp", "MathF_Rcp");
        Add("IntrinsicMath.Clamp", "Int_Clamp");
        Add("IntrinsicMath.PopCount", "Int_PopCount");
        Add("IntrinsicMath.DivRoundUp", "Int_DivRoundUp");
        Add("IntrinsicMath.DivRoundDown", "Int_DivRoundDown");
        Add("BitOperations.PopCount:uint", "Int_PopCount");
        Add("BitOperations.LeadingZeroCount:uint", "Int_LeadingZeroCount");
        Add("BitConverter.SingleToInt32Bits", "Bits_FloatToInt");
        Add("BitConverter.SingleToUInt32Bits", "Bits_FloatToUInt");
        Add("BitConverter.Int32BitsToSingle", "Bits_ToFloat");
        Add("BitConverter.UInt32BitsToSingle", "Bits_ToFloat");

        Add("Group.Barrier", "Group_Barrier", MethodTraits.Impure | MethodTraits.Grouped);
        foreach (string vote in new[] { "BarrierPopCount", "BarrierAnd", "BarrierOr", "Broadcast" })
            Add($"Group.{vote}", $"Group_{vote}", MethodTraits.Impure | MethodTraits.Scratch | MethodTraits.Grouped);
        foreach (string level in new[] { "GroupLevel", "DeviceLevel", "SystemLevel" })
            Add($"MemoryFence.{level}", $"MemoryFence_{level}", MethodTraits.Impure);
        foreach (string shuffle in new[] { "Shuffle", "ShuffleUp", "ShuffleDown", "ShuffleXor", "Barrier" })
            Add($"Warp.{shuffle}", $"Warp_{shuffle}", MethodTraits.Warp | MethodTraits.Grouped);
        foreach (string atomic in new[]
            { "Add", "Min", "Max", "And", "Or", "Xor", "Exchange", "CompareExchange" })
            Add($"Atomic.{atomic}", $"Atomic_{atomic}", MethodTraits.Impure);
        AddCuda(table);
        return table;
    }

    private static void AddCuda(Dictionary<string, KnownMethod> table)
    {
        const MethodTraits Copies = MethodTraits.Impure | MethodTraits.Grouped,
            Lanes = MethodTraits.Warp | MethodTraits.Grouped;
        table.Add($"AsyncCopy.Copy:{KnownTypes.Language}.Float4", new("AsyncCopy_Copy16", Copies, 80));
        table.Add("AsyncCopy.CopyOrZero", new("AsyncCopy_CopyOrZero", Copies, 80));
        table.Add("AsyncCopy.Copy:float", new("AsyncCopy_Copy4", Copies, 80));
        table.Add("AsyncCopy.Commit", new("AsyncCopy_Commit", Copies, 80));
        table.Add("AsyncCopy.Wait", new("AsyncCopy_Wait", Copies | MethodTraits.Constant, 80));
        table.Add("FastMath.Exp2", new("FastMath_Exp2", MethodTraits.Pure, 50));
        table.Add("FastMath.Rcp", new("FastMath_Rcp", MethodTraits.Pure, 50));
        table.Add("FastMath.Tanh", new("FastMath_Tanh", MethodTraits.Pure, 75));
        foreach (string conversion in new[] { "RoundTf32", "PackBf16" })
            table.Add($"TensorCore.{conversion}", new($"TensorCore_{conversion}", MethodTraits.Pure, 80));
        foreach (string product in new[] { "MultiplyAddTf32", "MultiplyAddBf16" })
            table.Add($"TensorCore.{product}", new($"TensorCore_{product}", Lanes, 80));
        table.Add("Grid.BarrierAlongX", new("Grid_BarrierAlongX", Copies | MethodTraits.Cooperative, 60));
    }
}
