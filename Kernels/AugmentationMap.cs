using ILGPU.Algorithms;

namespace GpuLstm.Kernels;

/// <summary>The random map from an output pixel to the place in the image where its value is read: an affine map and
/// an elastic displacement, as Simard, Steinkraus and Platt have them, "Best Practices for Convolutional Neural
/// Networks Applied to Visual Document Analysis" (ICDAR 2003, section 2). Where they smooth a random field with a
/// Gaussian, the field here is a uniform cubic B-spline over a coarse grid of random offsets (Rueckert et al. 1999,
/// "Nonrigid Registration Using Free-Form Deformations", equation 1). The spline's standard deviation of 0.58 cells is,
/// on 28 pixels, their Gaussian's of 4 pixels.</summary>
public static class AugmentationMap
{
    /// <summary>Cells of the elastic grid along each axis, whatever the image's size.</summary>
    public const int Cells = 4;

    /// <summary>Control points along each axis: a cubic has four at work in every cell.</summary>
    public const int Points = Cells + 3;

    /// <summary>Floats of a row of control points: the offsets along the image's rows, and from
    /// <see cref="AcrossRows"/> on those across them.</summary>
    public const int ControlRow = 16;

    /// <summary>Where a control row's offsets from row to row begin.</summary>
    public const int AcrossRows = 8;

    /// <summary>Philox blocks of the affine map; those of the control points follow, in order.</summary>
    public const int AffineBlocks = 2;

    /// <summary>Philox blocks of the control points.</summary>
    public const int ElasticBlocks = Points * ControlRow / 4;

    /// <summary>A random word as a float in [-1, 1).</summary>
    public static float Signed(uint word) => 2 * Philox.ToUnitFloat(word) - 1;

    /// <summary>The affine part for a place (x, y) from the image's centre, x along a row: it is read at column
    /// XX x + XY y + X0 and row YX x + YY y + Y0. The image is scaled, sheared, turned; this is the inverse.</summary>
    public static (float XX, float XY, float X0, float YX, float YY, float Y0) Affine(
        uint seedLow, uint seedHigh, uint step, uint item, int rows, int columns,
        float shift, float rotate, float scale, float shear)
    {
        (uint word0, uint word1, uint word2, uint word3) =
            Philox.Next(seedLow, seedHigh, 0, Augmentation.Stream, step, item);
        (uint word4, uint word5, uint _, uint _) =
            Philox.Next(seedLow, seedHigh, 1, Augmentation.Stream, step, item);
        float angle = Signed(word2) * rotate * (XMath.PI / 180);
        float cosine = XMath.Cos(angle), sine = XMath.Sin(angle);
        float columnScale = 1 / (1 + Signed(word3) * scale), rowScale = 1 / (1 + Signed(word4) * scale);
        float slide = Signed(word5) * shear;
        return (
            columnScale * (cosine - slide * sine), columnScale * (sine + slide * cosine),
            0.5f * (columns - 1) + Signed(word0) * shift,
            -rowScale * sine, rowScale * cosine, 0.5f * (rows - 1) + Signed(word1) * shift);
    }

    /// <summary>The cell of the elastic grid that pixel <paramref name="index"/> of <paramref name="size"/> lies in,
    /// and how far into it, 0 to 1. The cell's first control point has the cell's number.</summary>
    public static (int Cell, float Inside) Place(int index, int size)
    {
        float place = (index + 0.5f) * Cells / size;
        int cell = XMath.Min((int)place, Cells - 1);
        return (cell, place - cell);
    }

    /// <summary>The cubic B-spline's weights of the four control points at <paramref name="f"/> of a cell.</summary>
    public static (float W0, float W1, float W2, float W3) Weights(float f)
    {
        float rest = 1 - f, square = f * f, cube = square * f;
        return (rest * rest * rest / 6, (3 * cube - 6 * square + 4) / 6,
            (3 * (square + f - cube) + 1) / 6, cube / 6);
    }
}
