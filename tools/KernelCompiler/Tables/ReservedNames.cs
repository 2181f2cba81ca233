namespace GpuLstm.KernelCompiler.Tables;

/// <summary>Names that mean something in one of the dialects; a C# name among them gets an underscore.</summary>
internal static class ReservedNames
{
    private static readonly HashSet<string> Names = new(("""
        auto char const do double float for int long register return short signed sizeof static struct switch typedef
        union unsigned void volatile while inline restrict bool true false global local constant private kernel half
        read_only write_only read_write image2d_t sampler_t event_t size_t ptrdiff_t intptr_t uintptr_t uchar schar
        ushort uint ulong int64 uint64 float2 float4 float8 float16 int2 int4 uint2 uint4 double2 double4 vec_step
        pipe class template namespace new delete this operator public protected friend virtual explicit typename using
        try catch throw export mutable asm and or not xor dim3 warpSize threadIdx blockIdx blockDim gridDim signbit
        abs fabs sqrt rsqrt exp exp2 log log2 log10 pow sin cos tan tanh floor ceil rint trunc fmod copysign fma isnan
        isinf isfinite min max popcount clz mul_hi barrier mem_fence atomic_add INFINITY NAN NULL
        GLOBAL SHARED PRIVATE CONSTANT KERNEL FUNCTION RESTRICT SHARED_ARRAY Index2D Index3D GROUP_X GROUP_Y GROUP_Z
        group_scratch dynamic_shared dynamic_shared_bytes extent_x extent_y extent_z main linux unix
        """).Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));

    public static string Avoid(string name) => Names.Contains(name) ? name + "_" : name;
}
