namespace GpuLstm.Runtime.Accelerators;

/// <summary>What the factors of products are rounded to before they are multiplied; sums are float32 always. The LSTM's
/// recurrence, whose errors would add up over the steps, keeps its factors in float32.</summary>
public enum Precision
{
    /// <summary>Not rounded.</summary>
    F32,

    /// <summary>10 bits of mantissa: tensor cores from sm_80 on.</summary>
    Tf32,

    /// <summary>7 bits of mantissa: tensor cores from sm_80 on.</summary>
    Bf16,
}

/// <summary>Precisions as <c>--precision</c> spells them.</summary>
public static class PrecisionNames
{
    /// <summary>What <c>--precision</c> may say.</summary>
    public const string All = "f32, tf32, bf16";

    public static string Of(Precision precision) => precision.ToString().ToLowerInvariant();

    /// <exception cref="UsageException">There is no such precision.</exception>
    public static Precision Parse(string name) => name switch
    {
        "f32" => Precision.F32,
        "tf32" => Precision.Tf32,
        "bf16" => Precision.Bf16,
        _ => throw new UsageException($"There is no precision '{name}': choose one of {All}."),
    };
}
