namespace GpuLstm.Kernels.Language;

/// <summary>CUDA's instructions for functions, without the steps that make them exact (ILGPU has no such words). The
/// debug accelerator computes them exactly.</summary>
public static class FastMath
{
    /// <summary>2^x within 2 units in the last place; results below 2^-126 are 0.</summary>
    public static float Exp2(float x) => MathF.Pow(2, x);

    /// <summary>1 / x within 1 unit in the last place; results below 2^-126 are 0.</summary>
    public static float Rcp(float x) => 1 / x;

    /// <summary>tanh within a relative 2^-11: no more than bfloat16 holds. From sm_75 on.</summary>
    public static float Tanh(float x) => MathF.Tanh(x);
}
