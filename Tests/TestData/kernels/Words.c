#ifndef SPECIALIZED_ahead
#define SPECIALIZED_ahead 1
#endif
enum { ahead = SPECIALIZED_ahead };

enum { Stages = 2 };

KERNEL void Words_All(
    GLOBAL const float* RESTRICT x_base, int64 x_offset, int64 x_length,
    GLOBAL float* RESTRICT y_base, int64 y_offset, int64 y_length,
    GLOBAL int* RESTRICT states_base, int64 states_offset, int64 states_length)
{
    GLOBAL const float* RESTRICT x = x_base + x_offset;
    GLOBAL float* RESTRICT y = y_base + y_offset;
    GLOBAL int* RESTRICT states = states_base + states_offset;
    SHARED_ARRAY float4 tile[64];
    SHARED_ARRAY float single[32];
    GLOBAL const float4* quads = (GLOBAL const float4*)x;
    AsyncCopy_Copy16(&tile[Group_IdxX], &quads[Group_IdxX]);
    AsyncCopy_Copy4(&single[Group_IdxX], &x[Group_IdxX]);
    AsyncCopy_Commit();
    AsyncCopy_Wait(Stages - ahead);
    Group_Barrier();
    float4 left = make_float4(TensorCore_RoundTf32(single[0]), TensorCore_PackBf16(single[1], single[2]), 0.0f, 0.0f);
    float2 right = make_float2(FastMath_Exp2(single[3]), FastMath_Rcp(FastMath_Tanh(single[4])));
    float4 sums = TensorCore_MultiplyAddTf32(left, right, tile[1]);
    sums = TensorCore_MultiplyAddBf16(left, right, sums);
    Grid_BarrierAlongX(&states[Grid_IdxY]);
    y[0] = Warp_ShuffleDown(sums.x, 1);
}
