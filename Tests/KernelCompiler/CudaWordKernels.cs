using System.ComponentModel;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Tests.KernelCompiler;

/// <summary>Kernels of the words that only CUDA has. The debug accelerator gives them their values, clang their
/// text.</summary>
public static partial class CudaWordKernels
{
    public const int Tile = 64;

    /// <summary>Each lane's value by every kind of shuffle: results [items, 4].</summary>
    [Kernel(Targets = KernelTargets.Cuda)]
    public static void Shuffles(ArrayView<int> x, ArrayView<int> results)
    {
        int value = x[Group.IdxX];
        results[4 * Group.IdxX] = Warp.Shuffle(value, 3);
        results[4 * Group.IdxX + 1] = Warp.ShuffleUp(value, 2);
        results[4 * Group.IdxX + 2] = Warp.ShuffleDown(value, 5);
        results[4 * Group.IdxX + 3] = Warp.ShuffleXor(value, 16) + 1000 * Warp.WarpIdx + 100 * Warp.LaneIdx;
        Warp.Barrier();
    }

    /// <summary>Sums of tiles of <see cref="Tile"/> values, the next tile under way meanwhile; one group of Tile / 4.
    /// Where <paramref name="waits"/> is 0 nothing waits for the copies.</summary>
    [Kernel(Targets = KernelTargets.Cuda, MinArch = 80, NoAlias = true)]
    public static void StagedSums(ArrayView<float> x, ArrayView<float> sums, int waits)
    {
        ArrayView<float> stages = SharedMemory.Allocate<float>(2 * Tile);
        ArrayView<Float4> quads = stages.Cast<Float4>(), source = x.Cast<Float4>();
        int tiles = (int)(x.Length / Tile);
        AsyncCopy.Copy(ref quads[Group.IdxX], in source[Group.IdxX]);
        AsyncCopy.Commit();
        for (int tile = 0; tile < tiles; tile++)
        {
            int now = tile % 2 * Tile;
            if (tile + 1 < tiles)
                for (int k = 0; k < Loop.Unroll(4); k++)
                {
                    int place = k * (Tile / 4) + Group.IdxX;
                    AsyncCopy.Copy(ref stages[Tile - now + place], in x[(tile + 1) * Tile + place]);
                }
            AsyncCopy.Commit();
            if (waits != 0)
                AsyncCopy.Wait(1);
            Group.Barrier();
            if (Group.IdxX == 0)
            {
                float sum = 0;
                for (int k = 0; k < Tile; k++)
                    sum += stages[now + k];
                sums[tile] = sum;
            }
            Group.Barrier();
        }
        AsyncCopy.Wait(0);
    }

    /// <summary>c [16, 8] = a [16, k] b [k, 8] by one warp, in TF32 (k = 8) or BF16 (k = 16).</summary>
    [Kernel(Targets = KernelTargets.Cuda, MinArch = 80)]
    public static void Multiply(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, [DefaultValue(0)] SpecializedValue<int> bf16)
    {
        int g = Warp.LaneIdx / 4, t = Warp.LaneIdx % 4;
        Float4 sums = default;
        if (bf16 != 0)
        {
            Float4 left = new(
                Pair(a, g * 16 + 2 * t, 1), Pair(a, (g + 8) * 16 + 2 * t, 1),
                Pair(a, g * 16 + 2 * t + 8, 1), Pair(a, (g + 8) * 16 + 2 * t + 8, 1));
            sums = TensorCore.MultiplyAddBf16(left,
                new Float2(Pair(b, 2 * t * 8 + g, 8), Pair(b, (2 * t + 8) * 8 + g, 8)), sums);
        }
        else
        {
            Float4 left = new(
                TensorCore.RoundTf32(a[g * 8 + t]), TensorCore.RoundTf32(a[(g + 8) * 8 + t]),
                TensorCore.RoundTf32(a[g * 8 + t + 4]), TensorCore.RoundTf32(a[(g + 8) * 8 + t + 4]));
            Float2 right = new(TensorCore.RoundTf32(b[t * 8 + g]), TensorCore.RoundTf32(b[(t + 4) * 8 + g]));
            sums = TensorCore.MultiplyAddTf32(left, right, sums);
        }
        c[g * 8 + 2 * t] = sums.X;
        c[g * 8 + 2 * t + 1] = sums.Y;
        c[(g + 8) * 8 + 2 * t] = sums.Z;
        c[(g + 8) * 8 + 2 * t + 1] = sums.W;
    }

    private static float Pair(ArrayView<float> values, int place, int apart) =>
        TensorCore.PackBf16(values[place], values[place + apart]);

    /// <summary>y = {2^x, 1 / x, tanh x} for each x.</summary>
    [Kernel(Targets = KernelTargets.Cuda, MinArch = 75)]
    public static void Functions(Index1D i, ArrayView<float> x, ArrayView<float> y)
    {
        y[3 * i] = FastMath.Exp2(x[i]);
        y[3 * i + 1] = FastMath.Rcp(x[i]);
        y[3 * i + 2] = FastMath.Tanh(x[i]);
    }

    /// <summary>Groups hand a token along their row: after <paramref name="rounds"/> barriers tokens [rows, groups]
    /// have moved that many places. <paramref name="quitter"/>, a group that leaves early; -1: none does.</summary>
    [Kernel(Targets = KernelTargets.Cuda, MinArch = 60)]
    public static void Pass(ArrayView<int> tokens, ArrayView<int> states, int rounds, int quitter)
    {
        int row = Grid.IdxY * Grid.DimX, from = (Grid.IdxX + Grid.DimX - 1) % Grid.DimX;
        for (int round = 0; round < rounds; round++)
        {
            if (Grid.IdxX == quitter)
                return;
            int token = tokens[row + from];
            Grid.BarrierAlongX(ref states[Grid.IdxY]);
            if (Group.IdxX == 0)
                tokens[row + Grid.IdxX] = token;
            Grid.BarrierAlongX(ref states[Grid.IdxY]);
        }
    }
}
