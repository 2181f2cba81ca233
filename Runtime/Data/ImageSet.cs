using System.Buffers.Binary;
using System.Security.Cryptography;

namespace GpuLstm.Runtime.Data;

/// <summary>A public set of images in IDX files.</summary>
/// <param name="Name">As <c>--data NAME:DIR</c> has it.</param>
/// <param name="Classes">In label order.</param>
/// <param name="Digests">SHA-256 by which its training labels are known, as they are or as the gzip file that is
/// distributed. Labels tell sets apart as well as images, and are short.</param>
internal sealed record ImageSet(string Name, IReadOnlyList<string> Classes, params string[] Digests)
{
    private const string DigitNames = "0123456789", Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private static readonly string[] s_digits = Split(DigitNames);

    // The classes of EMNIST's divisions (Cohen et al. 2017, table II): where small letters look like capital ones,
    // they are merged with them.
    private static readonly string[] s_merged = Split(DigitNames + Letters + "abdefghnqrt");

    public static ImageSet Mnist { get; } = new("mnist", s_digits,
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5");

    public static IReadOnlyList<ImageSet> All { get; } =
    [
        Mnist,
        new("fashion-mnist",
            [
                "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                "Ankle boot",
            ],
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        new("kmnist", Split("おきすつなはまやれを"),
            "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
        new("qmnist", s_digits),
        new("emnist-letters", Split(Letters)),
        new("emnist-digits", s_digits),
        new("emnist-mnist", s_digits),
        new("emnist-balanced", s_merged),
        new("emnist-bymerge", s_merged),
        new("emnist-byclass", Split(DigitNames + Letters + Letters.ToLowerInvariant())),
    ];

    public static ImageSet? Find(string name) => All.FirstOrDefault(set => set.Name == name);

    /// <summary>A name for images of which it alone is known: it must not pass for a public set's.</summary>
    public static string Title(string name) =>
        Find(name) is null && name is not "strokes" ? name : $"{name}-like";

    /// <summary>The set that files are of, whatever they are called; null: none that is known.</summary>
    /// <param name="labels">Its training labels, as stored.</param>
    /// <param name="labelsPath">Their file.</param>
    /// <param name="train">Its training images.</param>
    public static ImageSet? Identify(IdxArray labels, string labelsPath, ImageSamples train)
    {
        string content = Sha256(IdxFile.Header(labels.Shape), labels.Data);
        string file = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(labelsPath)));
        ImageSet? set = All.FirstOrDefault(one => one.Digests.Contains(content) || one.Digests.Contains(file));
        // Sets that were made anew from MNIST's digits have its labels.
        return set == Mnist && !IsMnist(train) ? null : set;
    }

    /// <summary>Whether images are MNIST's for training.</summary>
    public static bool IsMnist(ImageSamples train) =>
        Sha256(IdxFile.Header([train.Count, train.TimeSteps, train.InputSize]), train.Items)
            == Data.Mnist.TrainImages.Sha256;

    private static string Sha256(byte[] header, byte[] content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string[] Split(string characters) => [.. characters.Select(c => $"{c}")];
}
