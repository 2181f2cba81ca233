using System.Text;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Formats.Keras;
using GpuLstm.Runtime.Formats.Onnx;
using GpuLstm.Runtime.Formats.Torch;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.Formats;

namespace GpuLstm.Tests.Fuzz;

/// <summary>Readers of damaged files: no crash, no hang, no allocation beyond what the file's size justifies, only the
/// documented exceptions. GPULSTM_FUZZ_FILES sets the number of files per format, 20,000 without it.</summary>
public class FuzzTests
{
    private const ulong Seed = 20260;
    private const int DeflateRatio = 1032; // what deflate can reach at most

    private static readonly string[] Models =
        ["torch_plain", "torch_pre", "torch_no_bias", "torch_both_ways", "torch_projected"];

    private static void Check(FuzzTarget target, int differentComplaints)
    {
        (int readable, IReadOnlyCollection<string> complaints) = target.Run(Seed);
        TestContext.Out.WriteLine($"{target.Name}: {readable} still readable, {complaints.Count} different complaints");
        // Else the damage is always the same, and most of the reader is never reached.
        Assert.That(complaints, Has.Count.GreaterThanOrEqualTo(differentComplaints),
            string.Join('\n', complaints.Order(StringComparer.Ordinal)));
        Assert.That(readable, Is.Positive);
    }

    [Test]
    public void Safetensors() => Check(new("safetensors",
        [.. Models.Select(m => Sample.Bytes($"{m}.safetensors")), Sample.Bytes("types.safetensors")],
        file => LstmModelFile.Parse(SafetensorsFile.Read(new MemoryStream(file), "x")))
    {
        Repair = Repairs.Safetensors,
        AllocationPerByte = 64,
    }, 15);

    [Test]
    public void Npy() => Check(new("npy",
        [Sample.Bytes("version2.npy"), Sample.Bytes("structured.npy"), Vector(), BigEndian()],
        file => NpyFile.Read(new MemoryStream(file), "x.npy"))
    {
        AllocationPerByte = 16,
    }, 7);

    [Test]
    public void Npz() => Check(new("npz",
        [Sample.Bytes("torch_plain.npz"), Sample.Bytes("arrays.npz"), Sample.Bytes("arrays_deflated.npz"), Vector()],
        file => LstmModelFile.Parse(NpzFile.Read(new MemoryStream(file), "x.npz")))
    {
        Repair = Repairs.Npz,
        AllocationPerByte = 3 * DeflateRatio,
        AllocationBase = 1 << 20,
    }, 12);

    [Test]
    public void Torch() => Check(new("torch",
        [.. new[] { "checkpoint.pt", "module.pt", "legacy_module.pt", "strided.pt", "legacy_checkpoint.pt" }
            .Select(name => Sample.Bytes(Path.Combine("torch", name)))],
        file => TorchFile.Read(new MemoryStream(file), "x"))
    {
        Count = 2000,
        Repair = Repairs.Npz,
        AllocationPerByte = 3 * DeflateRatio,
        AllocationBase = 1 << 20,
    }, 8);

    [Test]
    public void Keras() => Check(new("keras",
        [.. new[] { "keras1.h5", "keras2.h5", "both.keras", "keras3.keras", "keras1_weights.h5", "both.weights.h5" }
            .Select(name => Sample.Bytes(Path.Combine("keras", name)))],
        file => KerasFile.Read(new MemoryStream(file), "x"))
    {
        Count = 2000,
        Repair = Repairs.Npz,
        AllocationPerByte = 3 * DeflateRatio,
        AllocationBase = int.MaxValue, // PureHDF allocates what a structure declares before it finds the file shorter
    }, 8);

    [Test]
    public void Onnx() => Check(new("onnx",
        [.. new[] { "states.onnx", "ends.onnx", "unfolded.onnx", "lengths.onnx", "last9.onnx", "flat.onnx" }
            .Select(name => Sample.Bytes(Path.Combine("onnx", name)))],
        file => OnnxFile.Read(new MemoryStream(file), "x"))
    {
        Count = 2000,
        AllocationPerByte = 64,
        AllocationBase = 1 << 20,
    }, 8);

    [Test]
    public void Any_model_file() => Check(new("model",
        [.. new[] { "zip.pt", "legacy.bin", "torch_plain.npz", "types.safetensors" }.Select(Sample.Bytes)],
        file => TensorFile.Read(new MemoryStream(file), "x"))
    {
        AllocationPerByte = 3 * DeflateRatio,
        AllocationBase = 1 << 20,
    }, 14);

    [TestCase("3-gif.gif")]
    [TestCase("4-bmp.bmp")]
    [TestCase("7-webp.webp")]
    [TestCase("9-exif-rotated.jpg")]
    public void Image_of_another_format(string name) => Check(new(Path.GetExtension(name)[1..],
        [File.ReadAllBytes(Path.Combine(TestContext.CurrentContext.TestDirectory, "TestData", "photos", name))],
        file => ImageFile.Decode(file, "x"))
    {
        AllocationPerByte = 3 * DeflateRatio,
        AllocationBase = 65 << 20, // the greys of the largest size that is read
    }, 2);

    [Test]
    public void Png() => Check(new("png",
        [
            new PngBuilder(5, 4, 8, 0).Build((x, y, _) => x * y),
            new PngBuilder(9, 7, 16, 6).Build((x, y, c) => x + y * 300 + c, interlaced: true, dataChunks: 3),
            new PngBuilder(6, 5, 2, 3).Build((x, y, _) => (x + y) % 4, palette: new byte[12], transparency: [1, 2]),
        ],
        file => ImageFile.Decode(file, "x.png"))
    {
        Repair = Repairs.Png,
        AllocationPerByte = 3 * DeflateRatio,
        AllocationBase = 1 << 20,
    }, 3);

    [Test]
    public void Idx([Values] bool gzip)
    {
        using IdxFolder folder = new(gzip);
        string[] names = [.. new[] { IdxFolder.TrainImages, IdxFolder.TrainLabels }.Select(n => gzip ? n + ".gz" : n)];
        byte[][] good = [.. names.Select(n => File.ReadAllBytes(Path.Combine(folder.Path, n)))];
        const int Block = 500; // so many damaged images, then so many damaged labels
        int count = 0;
        Check(new(gzip ? "gzip" : "idx", good, damaged =>
        {
            int which = count / Block % names.Length;
            if (count++ % Block == 0)
                folder.Write(names[1 - which], good[1 - which]);
            folder.Write(names[which], damaged);
            folder.Load();
        })
        {
            Repair = gzip ? Repairs.Gzip : null,
            AllocationPerByte = DeflateRatio,
            AllocationBase = 1 << 21,
            Threads = true,
        }, 6);
    }

    private static readonly string[] s_tables =
    [
        "label,pixel0,pixel1,pixel2,pixel3\n1,0,255,3,4\n2,9,8,7,6\n", "2\t0.5\t1\t1.5\n1\t3\tNaN\tNaN\n",
        "id,t,x,y,label\na,2024-01-02,3,4,up\nb,2024-01-01,9,8,down\na,1,1,2,up\n", "1;2;cat\n3;4;\"dog\"\n",
    ];

    private static readonly string[] s_ts =
    [
        "#c\n@timeStamps false\n@classLabel true a b\n@data\n1,2,3:10,?,30:a\n4,5:40,NaN:b\n",
        "@classLabel false\n@univariate true\n@data\n1.5e3,-2\n3\n",
    ];

    private static byte[] Waves() => File.ReadAllBytes(
        Path.Combine(TestContext.CurrentContext.TestDirectory, "TestData", "sequences", "waves.npz"));

    [TestCase("x.csv", null, 10)]
    [TestCase("x.csv", "id", 12)]
    [TestCase("x.tsv", null, 10)]
    [TestCase("x.ts", null, 10)]
    [TestCase("x.npz", null, 8)]
    public void Data(string name, string? sequence, int differentComplaints)
    {
        using TemporaryFolder folder = new();
        bool isArchive = name == "x.npz";
        byte[][] files = isArchive ? [Waves(), Sample.Bytes("arrays.npz")]
            : [.. (name == "x.ts" ? s_ts : s_tables).Select(Encoding.UTF8.GetBytes)];
        Check(new($"{name} {sequence}", files, file => PathData.Read(
            folder.Write(name, file), new(null, sequence), "forward", new RecordingProgress()))
        {
            Count = 2000,
            Repair = isArchive ? Repairs.Npz : null,
            AllocationPerByte = isArchive ? 16 * DeflateRatio : 256,
            AllocationBase = 1 << 20,
        }, differentComplaints);
    }

    private static readonly string[] s_series =
    [
        "date,shop,sales,promo\n2024-01-01,a,10,0\n2024-01-02,a,12,1\n2024-01-03,a,,1\n2024-01-01,b,7,0\n2024-01-02,b,9,1\n",
        "date,shop,sales\n2024-01,x,112\n2024-02,x,118\n2024-03,x,\n2024-04,x,129\n",
        "date;shop;sales;t\n1;a;5;0.5\n2;a;6;1\n3;a;9;2\n",
    ];

    [Test]
    public void Series()
    {
        using TemporaryFolder folder = new();
        SeriesOptions options = new() { Columns = ["sales"], Group = "shop" };
        Check(new("series", [.. s_series.Select(Encoding.UTF8.GetBytes)], file => DatasetLoader.ReadSeries(
            folder.Write("x.csv", file), new() { Series = options, Columns = new(Time: "date") },
                new RecordingProgress()))
        {
            Count = 2000,
            AllocationPerByte = 256,
            AllocationBase = 1 << 20,
        }, 12);
    }

    /// <summary>A line each: recipe, network and classes of a model, or alone the settings of a checkpoint.</summary>
    [Test]
    public void Recipe()
    {
        using TemporaryFolder folder = new();
        Model model = ModelImport.Read(Sample.PathOf("torch_pre.safetensors"));
        model.Save(folder["m"]);
        TensorArchive saved = SafetensorsFile.Read(folder["m"]);
        string[] keys = ["recipe", "network", "classes"];
        RunSettings settings = new()
        {
            Recipe = model.Recipe, Seed = 1, Data = "strokes", DataSha256 = "12ab", Device = "cpu",
            DeviceSettings = new Dictionary<string, string> { ["threads"] = "2" },
        };
        new Checkpoint(settings, new(), new(1), 1, [], [], [], []).Save(folder["c"]);
        string[] files =
        [
            string.Join('\n', keys.Select(k => saved.Metadata[k])),
            SafetensorsFile.Read(folder["c"]).Metadata["settings"],
        ];
        Check(new("recipe", [.. files.Select(Encoding.UTF8.GetBytes)], file =>
        {
            string[] lines = Encoding.UTF8.GetString(file).Split('\n');
            var metadata = new Dictionary<string, string>(saved.Metadata);
            foreach ((string key, string line) in lines is [string only] ? [("settings", only)] : keys.Zip(lines))
                metadata[key] = line;
            if (lines.Length == 1)
                RunSettings.Parse(saved with { Metadata = metadata });
            else
                Model.Parse(saved with { Metadata = metadata });
        })
        {
            AllocationPerByte = 64,
        }, 5);
    }

    private static byte[] BigEndian() =>
    [
        0x93, .. "NUMPY"u8, 1, 0, 59, 0, .. "{'descr': '>f8', 'fortran_order': True, 'shape': (2, 3), }\n"u8,
        .. new byte[48],
    ];

    private static byte[] Vector()
    {
        MemoryStream stream = new();
        NpyFile.Write(stream, new Tensor("x", [6], [1, 2, 3, 4, 5, 6]).Store());
        return stream.ToArray();
    }
}
