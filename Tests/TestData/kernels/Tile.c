#ifndef SPECIALIZED_tile
#define SPECIALIZED_tile 16
#endif
enum { tile = SPECIALIZED_tile };

typedef struct Corner
{
    int Row;
    float Weight;
} Corner;

FUNCTION Corner make_Corner(int Row, float Weight)
{
    Corner value = { Row, Weight };
    return value;
}

typedef struct tuple_int_int
{
    int Item1;
    int Item2;
} tuple_int_int;

FUNCTION tuple_int_int make_tuple_int_int(int Item1, int Item2)
{
    tuple_int_int value = { Item1, Item2 };
    return value;
}

FUNCTION tuple_int_int Split(int value)
{
    return make_tuple_int_int(value & 0xFF, value >> 8);
}

FUNCTION void Bump_private(PRIVATE int* value)
{
    *value = (int)((uint)*value + 1u);
}

FUNCTION void Bump(GLOBAL int* value)
{
    *value = (int)((uint)*value + 1u);
}

KERNEL void Tiles_Copy(
    GLOBAL float* x_base, int64 x_offset, int64 x_length,
    GLOBAL Corner* corners_base, int64 corners_offset, int64 corners_length,
    Corner start,
    uchar flag,
    DYNAMIC_SHARED_PARAMETER int64 dynamic_shared_bytes)
{
    GLOBAL float* x = x_base + x_offset;
    GLOBAL Corner* corners = corners_base + corners_offset;
    DYNAMIC_SHARED_DECLARATION
    SHARED_ARRAY float block[(tile + 1) * tile];
    SHARED float4* kept = (SHARED float4*)dynamic_shared;
    int pitch = tile + 1;
    PRIVATE float4 own[2];
#pragma unroll
    for (int k = 0; k < tile; k++)
        block[k * pitch] = x[k];
    own[0] = ((GLOBAL float4*)x)[Group_IdxX] * 2.0f + make_float4(1.0f, 2.0f, 3.0f, 4.0f);
    own[1].x += own[0].w;
    kept[Group_LinearIndex] = own[1];
    tuple_int_int parts_1 = Split(start.Row);
    int low = parts_1.Item1;
    int high = parts_1.Item2;
    Bump_private(&low);
    Bump(&corners[high].Row);
    do
        low = (int)((uint)low - 1u);
    while (low > 0 && !flag);
    switch (high)
    {
        case 0:
        case 1:
        {
            corners[0] = make_Corner(0, 1.5f);
            break;
        }
        default:
        {
            corners[1] = make_Corner(0, 0.0f);
            break;
        }
    }
    float sum = Warp_ShuffleXor(own[0].y, 16);
    float old = Atomic_Add_float_SHARED(&block[0], sum);
    if (old > 3.4028235E+38f)
        x[0] = Float_Infinity;
    else if (old < 0.0f)
        x[0] = MathF_Max(old, -1.0f);
    else
        x[0] = MathF_Remainder(old, 2.0f);
}
