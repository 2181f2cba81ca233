enum { Items = 128 };
CONSTANT float Weights[2] = { 0.5f, 0.25f };

FUNCTION float First(GLOBAL const float* view, int64 view_length)
{
    return view_length > 0 ? view[0] : 0.0f;
}

FUNCTION float First_shared(SHARED const float* view, int64 view_length)
{
    return view_length > 0 ? view[0] : 0.0f;
}

KERNEL void Reduction_Sum(
    GLOBAL const float* x_base, int64 x_offset, int64 x_length,
    GLOBAL float* sums_base, int64 sums_offset, int64 sums_length)
{
    GLOBAL const float* x = x_base + x_offset;
    GLOBAL float* sums = sums_base + sums_offset;
    SHARED_ARRAY int group_scratch[1];
    SHARED_ARRAY float shared[Items];
    GLOBAL const float* mine = x + (int64)Grid_IdxX * Items;
    int64 mine_length = Items;
    shared[Group_IdxX] = First(mine, mine_length) + mine[Group_IdxX] * Weights[Group_IdxX % 2];
    Group_Barrier();
    for (int half_ = Items / 2; half_ > 0; half_ /= 2)
    {
        if (Group_IdxX < half_)
            shared[Group_IdxX] += shared[Group_IdxX + half_];
        Group_Barrier();
    }
    bool any = Group_BarrierOr(group_scratch, shared[0] > 0.0f);
    if (Group_IsFirstThread && any)
        sums[Grid_IdxX] = First_shared(shared, Items);
}
