KERNEL void Blas_Saxpy(
    GLOBAL const float* RESTRICT x_base, int64 x_offset, int64 x_length,
    GLOBAL float* RESTRICT y_base, int64 y_offset, int64 y_length,
    float factor,
    int extent_x)
{
    GLOBAL const float* RESTRICT x = x_base + x_offset;
    GLOBAL float* RESTRICT y = y_base + y_offset;
    if (Grid_GlobalIndexX >= extent_x)
        return;
    int i = Grid_GlobalIndexX;
    y[i] = Fused_MultiplyAdd(factor, x[i], y[i]);
}
