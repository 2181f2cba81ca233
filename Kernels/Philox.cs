using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels;

/// <summary>Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As
/// Easy as 1, 2, 3" (SC11, section 4.3): a pure function of key and counter, so any thread may compute any
/// number.</summary>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85; // the key's step: golden ratio and sqrt(3) - 1
    private const int Rounds = 10;

    /// <summary>The four random words at counter (c0, c1, c2, c3) under the key (key0, key1).</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Next(uint key0, uint key1, uint c0, uint c1, uint c2, uint c3)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0;
            ulong product1 = (ulong)Multiplier1 * c2;
            c0 = (uint)(product1 >> 32) ^ c1 ^ key0;
            c1 = (uint)product1;
            c2 = (uint)(product0 >> 32) ^ c3 ^ key1;
            c3 = (uint)product0;
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>A word as a float in [0, 1): its upper 24 bits, so that every value is exact and 1 is never
    /// reached.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToUnitFloat(uint word) => (int)(word >> 8) * (1f / (1 << 24)); // of int: that takes no double
}
