
// As MathF.Min and MathF.Max: NaN if either is NaN, and -0 is below +0.
FUNCTION float MathF_Max(float a, float b)
{
    return a > b || Float_IsNaN(a) || (a == b && Bits_FloatToInt(a) >= 0) ? a : b;
}

FUNCTION float MathF_Min(float a, float b)
{
    return a < b || Float_IsNaN(a) || (a == b && Bits_FloatToInt(a) < 0) ? a : b;
}

// The value of item `source` (linear index) for the whole group.
#define DEFINE_BROADCAST(name, type, to_bits, from_bits) \
    FUNCTION type name(SHARED int* scratch, type value, int source) \
    { \
        Group_Barrier(); \
        if (Group_LinearIndex == source) \
            *scratch = to_bits(value); \
        Group_Barrier(); \
        return from_bits(*scratch); \
    }
#define Group_LinearIndex ((Group_IdxZ * Group_DimY + Group_IdxY) * Group_DimX + Group_IdxX)
#define Grid_LinearIndex ((Grid_IdxZ * Grid_DimY + Grid_IdxY) * Grid_DimX + Grid_IdxX)
#define Grid_GlobalLinearIndex (Grid_LinearIndex * (Group_DimX * Group_DimY * Group_DimZ) + Group_LinearIndex)
#define Grid_GlobalIndexX (Grid_IdxX * Group_DimX + Group_IdxX)
#define Grid_GlobalIndexY (Grid_IdxY * Group_DimY + Group_IdxY)
#define Grid_GlobalIndexZ (Grid_IdxZ * Group_DimZ + Group_IdxZ)
DEFINE_BROADCAST(Group_Broadcast_int, int, (int), (int))
DEFINE_BROADCAST(Group_Broadcast_uint, uint, (int), (uint))
DEFINE_BROADCAST(Group_Broadcast_float, float, Bits_FloatToInt, Bits_ToFloat)

FUNCTION Index2D make_Index2D(int x, int y)
{
    Index2D index = { x, y };
    return index;
}

FUNCTION Index3D make_Index3D(int x, int y, int z)
{
    Index3D index = { x, y, z };
    return index;
}

FUNCTION float MathF_Clamp(float x, float low, float high) { return MathF_Min(MathF_Max(x, low), high); }
FUNCTION float MathF_Rcp(float x) { return 1.0f / x; }
FUNCTION int Int_Clamp(int x, int low, int high) { return Int_Min(Int_Max(x, low), high); }
FUNCTION int Int_DivRoundUp(int a, int b) { return (int)((uint)a + (uint)b - 1u) / b; }
FUNCTION int Int_DivRoundDown(int a, int b) { return a / b; }
#define Group_IsFirstThread (Group_LinearIndex == 0)
#define MemoryFence_SystemLevel MemoryFence_DeviceLevel
#define Group_BarrierAnd(scratch, predicate) (Group_BarrierPopCount(scratch, !(predicate)) == 0)
#define Group_BarrierOr(scratch, predicate) (Group_BarrierPopCount(scratch, predicate) != 0)
