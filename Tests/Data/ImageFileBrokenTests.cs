using GpuLstm.Kernels;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using SkiaSharp;

namespace GpuLstm.Tests.Data;

public class ImageFileBrokenTests
{
    private const string Name = "dir/broken.png";

    private static IEnumerable<TestCaseData> BrokenFiles()
    {
        static PngBuilder Start(int depth = 8, int colour = 0) => new(4, 4, depth, colour);
        static byte[] Data(int rows = 4) => PngBuilder.Compress(Start().Rows(4, rows, (x, y, _) => x + y));
        static TestCaseData Case(string name, byte[] file) =>
            new TestCaseData(file).SetArgDisplayNames(name);

        byte[] good = Start().Build((x, y, _) => x * y);
        yield return Case("empty", []);
        yield return Case("a JPEG file", [0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46]);
        yield return Case("signature only", good[..8]);
        yield return Case("cut in the header", good[..20]);
        yield return Case("wrong header checksum", Flip(good, 18));
        yield return Case("wrong data checksum", Start().Header().Chunk("IDAT", Data(), crcError: 1).End());
        yield return Case("data before the header", Start().Chunk("IDAT", Data()).End());
        yield return Case("two headers", Start().Header().Header().End());
        yield return Case("short header", Start().Chunk("IHDR", new byte[12]).End());
        yield return Case("no width", new PngBuilder(0, 4, 8, 0).Header().End());
        yield return Case("no height", new PngBuilder(4, 0, 8, 0).Header().End());
        yield return Case("negative width", new PngBuilder(-4, 4, 8, 0).Header().End());
        yield return Case("3 bits", Start(3).Header().End());
        yield return Case("colour of 4 bits", Start(4, 2).Header().End());
        yield return Case("palette of 16 bits", Start(16, 3).Header().End());
        yield return Case("colour type 5", Start(8, 5).Header().End());
        yield return Case("unknown interlacing", Start().Chunk("IHDR", [0, 0, 0, 4, 0, 0, 0, 4, 8, 0, 0, 0, 2]).End());
        yield return Case("no data", Start().Header().End());
        yield return Case("data that are not zlib", Start().Header().Chunk("IDAT", new byte[30]).End());
        yield return Case("wrong zlib checksum", Start().Header().Chunk("IDAT", Flip(Data(), Data().Length - 1)).End());
        yield return Case("a row missing", Start().Header().Chunk("IDAT", Data(rows: 3)).End());
        yield return Case("filter 5", Start().Header().Chunk("IDAT", PngBuilder.Compress([5, .. new byte[19]])).End());
        yield return Case("no palette", Start(8, 3).Header().Chunk("IDAT", Data()).End());
        yield return Case("palette of 4 bytes", Start(8, 3).Header().Chunk("PLTE", new byte[4]).End());
        yield return Case("palette of 257", Start(8, 3).Header().Chunk("PLTE", new byte[771]).End());
        yield return Case("palette after the data",
            Start(8, 3).Header().Chunk("IDAT", Data()).Chunk("PLTE", new byte[3]).End());
        yield return Case("chunk type of digits", Start().Header().Chunk("12\u00013", []).End());
        yield return Case("a chunk of 4 GiB",
            [.. Start().Header().End()[..33], 0xff, 0xff, 0xff, 0xff, .. "IDAT"u8, .. new byte[40]]);
        yield return Case("100 million rows", new PngBuilder(28, 100_000_000, 8, 0).Header().End());
        yield return Case("50 million pixels of no data",
            new PngBuilder(5000, 10_000, 8, 0).Header().Chunk("IDAT", new byte[100]).End());
    }

    [TestCaseSource(nameof(BrokenFiles))]
    public void A_broken_file_is_one_sentence_that_names_it(byte[] file)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => ImageFile.Decode(file, Name), Throws.TypeOf<FileFormatException>()
            .With.Message.StartsWith(Name).And.Message.EndsWith("."));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void Damage_that_leaves_the_pixels_whole_is_overlooked()
    {
        byte[] good = new PngBuilder(4, 4, 8, 0).Build((x, y, _) => x * y);
        byte[] comment = new PngBuilder(4, 4, 8, 0).Header().Chunk("tEXt", [1, 2], crcError: 1u << 31)
            .Chunk("IDAT", PngBuilder.Compress(new PngBuilder(4, 4, 8, 0).Rows(4, 4, (x, y, _) => x * y))).End();
        foreach (byte[] file in new[] { good[..^12], comment })
            Assert.That(ImageFile.Decode(file, Name).Pixels, Is.EqualTo(ImageFile.Decode(good, Name).Pixels));
    }

    [TestCase(SKEncodedImageFormat.Jpeg)]
    [TestCase(SKEncodedImageFormat.Webp)]
    [TestCase(SKEncodedImageFormat.Png)]
    public void A_file_that_ends_early_is_an_error_and_no_grey_half(SKEncodedImageFormat format)
    {
        byte[] pixels = [.. Enumerable.Range(0, 64 * 64).Select(i => (byte)(i * i % 251))];
        byte[] file = TestImage.Encode(pixels, 64, 64, format, quality: 80);
        foreach (int length in new[] { file.Length / 4, file.Length / 2, file.Length * 3 / 4 })
            Assert.That(
                () => ImageFile.Decode(file[..length], Name), Throws.TypeOf<FileFormatException>(), $"{length}");
    }

    [Test]
    public void Whatever_bytes_are_changed_nothing_else_escapes_and_no_memory_is_wasted()
    {
        PhiloxRandom random = new(21, 0, 0);
        foreach ((int depth, int colour) in new[] { (8, 0), (2, 3), (16, 6) })
        {
            byte[] good = new PngBuilder(9, 7, depth, colour).Build((x, y, c) => (x + y + c) % 4,
                interlaced: depth != 8, palette: colour == 3 ? new byte[12] : null, dataChunks: 2);
            for (int round = 0; round < 3000; round++)
            {
                byte[] file = [.. good[..(round % 3 == 0 ? random.NextInt(good.Length) : good.Length)]];
                for (int change = random.NextInt(4); change >= 0 && file.Length > 0; change--)
                    file[random.NextInt(file.Length)] = (byte)random.NextInt(256);
                RepairChecksums(file); // else the checksums alone would stop nearly every change
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    ImageFile.Decode(file, Name);
                }
                catch (FileFormatException)
                {
                    // As it should be.
                }
                Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 << 20));
            }
        }
    }

    private static byte[] Flip(byte[] file, int at)
    {
        byte[] flipped = [.. file];
        flipped[at] ^= 1;
        return flipped;
    }

    private static void RepairChecksums(byte[] file)
    {
        for (int at = 8; at + 12 <= file.Length;)
        {
            uint length = (uint)(file[at] << 24 | file[at + 1] << 16 | file[at + 2] << 8 | file[at + 3]);
            if (length > file.Length - at - 12)
                return;
            string type = System.Text.Encoding.Latin1.GetString(file, at + 4, 4);
            if (type.All(char.IsAscii))
            {
                byte[] chunk = new PngBuilder(1, 1, 8, 0).Chunk(type, file[(at + 8)..(at + 8 + (int)length)]).End();
                chunk.AsSpan(8 + 8 + (int)length, 4).CopyTo(file.AsSpan(at + 8 + (int)length));
            }
            at += 12 + (int)length;
        }
    }
}
