using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Runtime.Training;

/// <summary>Tells data sets apart by their content, wherever it lies.</summary>
public static class DataFingerprint
{
    /// <summary>SHA-256 in lower-case hexadecimal over sizes, items and labels of the training and the test set and the
    /// classes' names.</summary>
    public static string Of(Dataset data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> sizes = stackalloc byte[3 * sizeof(int)];
        foreach (Samples samples in new[] { data.Train, data.Test })
        {
            BinaryPrimitives.WriteInt32LittleEndian(sizes, samples.Count);
            BinaryPrimitives.WriteInt32LittleEndian(sizes[4..], samples.TimeSteps);
            BinaryPrimitives.WriteInt32LittleEndian(sizes[8..], samples.InputSize);
            hash.AppendData(sizes);
            hash.AppendData(samples.Items);
            hash.AppendData(samples.Labels);
        }
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\0', data.Classes)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
