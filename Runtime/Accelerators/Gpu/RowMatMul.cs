using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Launches products on a processor; see <see cref="MatMulRows"/>.</summary>
internal static class RowMatMul
{
    private const int TileK = 256;                // a panel of it, 32 KiB, stays in the first-level cache
    private const int LargestTile = 256;          // rows: enough to make bringing the panel together cheap
    private const int SmallestTile = 32, GroupsPerUnit = 4; // so that no unit waits long for the last group

    public static void Run(IKernelLauncher launcher, GpuLimits limits, in MatMulPass pass)
    {
        int panels = (pass.N + RowPanel.Width - 1) / RowPanel.Width, tile = LargestTile;
        while (tile > SmallestTile
            && (long)panels * pass.Batch * ((pass.M + tile - 1) / tile) < limits.ComputeUnits * GroupsPerUnit)
            tile /= 2;
        MatMulRows.LaunchTiled(
            launcher, new KernelConfig(new Index3D(panels, (pass.M + tile - 1) / tile, pass.Batch), 1),
            pass.A.View.Required(GpuMatMul.Extent(pass.A, pass.M, pass.K, pass.Batch)),
            pass.B.View.Required(GpuMatMul.Extent(pass.B, pass.K, pass.N, pass.Batch)),
            pass.Bias.Optional(pass.N),
            pass.C.View.Required(GpuMatMul.Extent(pass.C, pass.M, pass.N, pass.Batch)),
            pass.M, pass.N, pass.K, pass.A.Stride, pass.B.Stride, pass.C.Stride,
            pass.A.BatchStride, pass.B.BatchStride, pass.C.BatchStride, pass.Alpha, pass.Beta,
            pass.A.Transposed ? 1 : 0, pass.B.Transposed ? 1 : 0, tile, TileK);
    }
}
