using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Runtime.Training;

/// <summary>Tells data sets apart by their content, wherever it lies.</summary>
public static class DataFingerprint
{
    /// <summary>SHA-256 in lower-case hexadecimal over sizes, items and labels of the training and the test set, of
    /// that for validation where there is one, and the classes' names.</summary>
    public static string Of(Dataset data) => data.Validation.Count == 0
        ? Of(data.Classes, data.Train, data.Test)
        : Of(data.Classes, data.Train, data.Test, data.Validation);

    /// <summary>The same over one of the two sets.</summary>
    public static string Of(Samples samples, IReadOnlyList<string> classes) => Of(classes, samples);

    private static string Of(IReadOnlyList<string> classes, params ReadOnlySpan<Samples> sets)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> sizes = stackalloc byte[3 * sizeof(int)];
        foreach (Samples samples in sets)
        {
            BinaryPrimitives.WriteInt32LittleEndian(sizes, samples.Count);
            BinaryPrimitives.WriteInt32LittleEndian(sizes[4..], samples.TimeSteps);
            BinaryPrimitives.WriteInt32LittleEndian(sizes[8..], samples.InputSize);
            hash.AppendData(sizes);
            if (samples is SequenceSamples sequences)
                hash.AppendData(MemoryMarshal.AsBytes<int>(sequences.Lengths));
            hash.AppendData(samples.Bytes());
            hash.AppendData(samples.Labels);
        }
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\0', classes)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
