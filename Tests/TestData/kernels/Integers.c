FUNCTION int Group(int a, int b)
{
    return b == 0 ? a : b > 3 && b < 6 ? (int)(0u - (uint)a) : a == 1 || a == 2 ? b : 0;
}

KERNEL void Integers_Mix(
    GLOBAL int* a_base, int64 a_offset, int64 a_length,
    GLOBAL int64* b_base, int64 b_offset, int64 b_length,
    GLOBAL uchar* c_base, int64 c_offset, int64 c_length,
    float f,
    uint u,
    int extent_x)
{
    GLOBAL int* a = a_base + a_offset;
    GLOBAL int64* b = b_base + b_offset;
    GLOBAL uchar* c = c_base + c_offset;
    if (Grid_GlobalIndexX >= extent_x)
        return;
    int i = Grid_GlobalIndexX;
    int x = a[i];
    int sum = (int)((uint)x + 1u);
    sum = (int)((uint)sum + (uint)x * 3u);
    sum = (int)((uint)sum + 1u);
    int shifted = (int)((uint)x << (sum & 31)) ^ (x >> 3) ^ (int)((uint)x >> 1);
    int small = Group(5, x % 7);
    uint mixed = u * 0x9E3779B9u + (uint)x;
    int64 wide = (int64)((uint64)b[i] + (uint64)mixed - (uint64)((int64)x * small));
    c[i] = (uchar)(int)((uint)c[i] + (uint)shifted);
    a[i] = (int)((uint)int_from_float(f) + (uint)(int)uint_from_float(f) + (uint)(int)(0u - (uint)x));
    b[i] = (int64)((uint64)wide << 3) | ((int64_from_float(f) % 5) & ~wide);
    for (int j = 0; j < 10; j += 2)
        a[j * 4 + 1] = j * 4 + 1;
}
