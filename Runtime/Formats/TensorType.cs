namespace GpuLstm.Runtime.Formats;

/// <summary>The types of stored numbers, by their safetensors names.</summary>
public enum TensorType
{
    Bool,
    U8,
    I8,
    U16,
    I16,
    F16,
    BF16,
    U32,
    I32,
    F32,
    U64,
    I64,
    F64,
}

/// <summary>What the tensor types have in common.</summary>
public static class TensorTypes
{
    /// <summary>Bytes of one number.</summary>
    public static int SizeInBytes(this TensorType type) => type switch
    {
        TensorType.Bool or TensorType.U8 or TensorType.I8 => 1,
        TensorType.U16 or TensorType.I16 or TensorType.F16 or TensorType.BF16 => 2,
        TensorType.U32 or TensorType.I32 or TensorType.F32 => 4,
        _ => 8,
    };

    /// <summary>Whether numbers of this type convert to float32.</summary>
    public static bool IsFloat(this TensorType type) =>
        type is TensorType.F16 or TensorType.BF16 or TensorType.F32 or TensorType.F64;

    /// <summary>The name in a safetensors header.</summary>
    public static string SafetensorsName(this TensorType type) => type == TensorType.Bool ? "BOOL" : type.ToString();

    /// <summary>The type of a name in a safetensors header; null for types that nothing here can use (such as
    /// F8_E4M3).</summary>
    public static TensorType? FromSafetensorsName(string? name)
    {
        foreach (TensorType type in Enum.GetValues<TensorType>())
            if (type.SafetensorsName() == name)
                return type;
        return null;
    }
}
