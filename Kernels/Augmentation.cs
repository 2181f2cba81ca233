namespace GpuLstm.Kernels;

/// <summary>How far images are moved at random as they are fetched: each value is the largest change, every change is
/// uniform between its negative and itself, and all zero leaves images as they are.</summary>
public readonly record struct Augmentation
{
    /// <summary>The Philox stream of the draws: the counter is (block, this, step, item), the key the seed.</summary>
    public const uint Stream = 0x4155474D; // "AUGM"

    /// <summary>Pixels, along each axis.</summary>
    public float Shift { get; init; }

    /// <summary>Degrees.</summary>
    public float Rotate { get; init; }

    /// <summary>Change of size along each axis: 0.1 gives 0.9 to 1.1 of it; below 1.</summary>
    public float Scale { get; init; }

    /// <summary>Pixels by which a row slides along the row above it.</summary>
    public float Shear { get; init; }

    /// <summary>Pixels that a point of the elastic grid moves along each axis; no pixel moves farther.</summary>
    public float Elastic { get; init; }
}
