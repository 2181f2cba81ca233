using GpuLstm.Kernels;

namespace GpuLstm.Runtime.Data.Strokes;

/// <summary>How one sample is written: an affine map, a smooth bend, and the pen's width at start and end.</summary>
internal readonly struct StrokeStyle
{
    private const int BendTerms = 6; // x, y: each of x^2, x y, y^2

    private readonly float _xx, _xy, _yx, _yy;
    private readonly float _bendXX, _bendXXy, _bendXYy, _bendYX, _bendYXy, _bendYYy;

    public StrokeStyle(ref PhiloxRandom random)
    {
        float width = random.NextFloat(0.6f, 1.5f);
        float slant = Clamp(0.15f + 0.27f * random.NextNormal(), 0.9f);
        float turns = Clamp(0.022f * random.NextNormal(), 0.06f);
        (double sine, double cosine) = PortableMath.SinCosOfTurns(turns);
        (float s, float c) = ((float)sine, (float)cosine);
        // Rotation times slant times width; y points down, so a slant to the right moves small y to the right.
        _xx = c * width;
        _xy = -c * slant - s;
        _yx = s * width;
        _yy = c - s * slant;

        Span<float> bend = stackalloc float[BendTerms];
        foreach (ref float term in bend)
            term = Clamp(0.2f * random.NextNormal(), 0.5f);
        (_bendXX, _bendXXy, _bendXYy) = (bend[0], bend[1], bend[2]);
        (_bendYX, _bendYXy, _bendYYy) = (bend[3], bend[4], bend[5]);

        float radius = Math.Clamp(1.3f + 0.4f * random.NextNormal(), 0.7f, 2.5f);
        float pressure = Clamp(0.1f * random.NextNormal(), 0.25f);
        StartRadius = radius * (1 + pressure);
        EndRadius = radius * (1 - pressure);
    }

    /// <summary>Half the pen's width, in pixels.</summary>
    public float StartRadius { get; }

    /// <summary>Half the pen's width, in pixels.</summary>
    public float EndRadius { get; }

    /// <summary>Maps a point of the unit box.</summary>
    public void Apply(ref StrokeVertex vertex)
    {
        float x = vertex.X - 0.5f, y = vertex.Y - 0.5f;
        float bentX = x + _bendXX * x * x + _bendXXy * x * y + _bendXYy * y * y;
        float bentY = y + _bendYX * x * x + _bendYXy * x * y + _bendYYy * y * y;
        vertex.X = _xx * bentX + _xy * bentY;
        vertex.Y = _yx * bentX + _yy * bentY;
    }

    private static float Clamp(float value, float limit) => Math.Clamp(value, -limit, limit);
}
