using System.Text;
using System.Text.Json;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Tests.Formats;

public class SafetensorsTests
{
    private static readonly Tensor Matrix = new("a.weight", [2, 3], [1, -2, 3.5f, float.MinValue, float.NaN, 0]);
    private static readonly Tensor Vector = new("b", [1], [float.Epsilon]);

    [Test]
    public void What_is_written_is_read_again()
    {
        using TemporaryFolder folder = new();
        Dictionary<string, string> metadata = new() { ["format"] = "pt", ["note"] = "ü \"quoted\"\n" };
        Tensor[] tensors = [Matrix, Vector, new Tensor("scalar", [], [7]), new Tensor("none", [0, 4], [])];
        SafetensorsFile.Write(folder["m.safetensors"], tensors, metadata);
        TensorArchive read = SafetensorsFile.Read(folder["m.safetensors"]);
        Assert.That(read.Metadata, Is.EqualTo(metadata));
        Assert.That(read.Tensors.Select(t => t.Name), Is.EqualTo(new[] { "a.weight", "b", "scalar", "none" }));
        IReadOnlyList<Tensor> floats = read.ToFloats();
        Assert.That(floats[0].Shape, Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(floats[0].Values, Is.EqualTo(Matrix.Values)); // NaN equals NaN to NUnit
        Assert.That(floats[1].Values, Is.EqualTo(Vector.Values));
        Assert.That(floats[2].Shape, Is.Empty);
        Assert.That(floats[3].Shape, Is.EqualTo(new long[] { 0, 4 }));
    }

    [Test]
    public void Integers_travel_unchanged_and_come_first()
    {
        MemoryStream stream = new();
        ulong[] state = [0, 1, ulong.MaxValue];
        SafetensorsFile.Write(stream, [Vector.Store(), StoredTensor.Of("state", state)]);
        stream.Position = 0;
        TensorArchive read = SafetensorsFile.Read(stream, "m");
        Assert.That(read.Tensors[0].Name, Is.EqualTo("state"));
        Assert.That(read.Find("state")!.ToUInt64(), Is.EqualTo(state));
        Assert.That(() => read.ToFloats(),
            Throws.TypeOf<FileFormatException>()
                .With.Message.EqualTo("m is no file of floating-point numbers: 'state' has the type U64."));
    }

    [Test]
    public void Data_start_aligned_and_the_header_is_padded_with_spaces([Range(1, 9)] int nameLength)
    {
        MemoryStream stream = new();
        SafetensorsFile.Write(stream, [new Tensor(new string('n', nameLength), [1], [1]).Store()]);
        byte[] file = stream.ToArray();
        ulong length = BitConverter.ToUInt64(file);
        string header = Encoding.UTF8.GetString(file.AsSpan(8, (int)length));
        Assert.That(length % 8, Is.Zero);
        Assert.That(file, Has.Length.EqualTo(8 + (int)length + 4));
        Assert.That(header.TrimEnd(' '), Does.StartWith("{").And.EndsWith("}"));
        JsonElement entry = JsonDocument.Parse(header).RootElement.GetProperty(new string('n', nameLength));
        Assert.That(entry.ToString(), Is.EqualTo("""{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"""));
    }

    [Test]
    public void Every_floating_type_of_a_foreign_file_is_converted()
    {
        TensorArchive file = SafetensorsFile.Read(Sample.PathOf("types.safetensors"));
        float[] wanted = file.Find("F32")!.ToFloats().Values;
        Assert.That(wanted, Has.Length.EqualTo(12));
        foreach (TensorType type in new[] { TensorType.F16, TensorType.BF16, TensorType.F64 })
        {
            StoredTensor stored = file.Find(type.ToString())!;
            Assert.That(stored.Type, Is.EqualTo(type));
            Assert.That(stored.Shape, Is.EqualTo(new long[] { 3, 4 }));
            Assert.That(stored.ToFloats().Values, Is.EqualTo(wanted), type.ToString());
        }
        Assert.That(file.Find("I64")!.Bytes, Has.Length.EqualTo(16));
        Assert.That(file.Metadata["made by"], Is.EqualTo("hand"));
    }

    private static IEnumerable<TestCaseData> BrokenFiles()
    {
        static TestCaseData Case(string name, string complaint, byte[] file) =>
            new TestCaseData(file, complaint).SetArgDisplayNames(name);
        static byte[] Header(string json, int data = 0, long? length = null) =>
            [.. BitConverter.GetBytes(length ?? json.Length), .. Encoding.UTF8.GetBytes(json), .. new byte[data]];
        static string Entry(
            string name = "a", string dtype = "\"F32\"", string shape = "[2]", string offsets = "[0,8]") =>
            $$"""{{JsonSerializer.Serialize(name)}}:{"dtype":{{dtype}},"shape":{{shape}},"data_offsets":{{offsets}}}""";
        static byte[] One(string entry, int data = 8) => Header($"{{{entry}}}", data);

        yield return Case("empty", "only 0 bytes", []);
        yield return Case("seven bytes", "only 7 bytes", new byte[7]);
        yield return Case("no header", "no JSON object", new byte[8]);
        yield return Case("header beyond the file", "ends within its header", Header("{}", length: 3));
        yield return Case("header above the limit", "exceeds the format's limit", Header("{}", length: 100_000_001));
        yield return Case("negative header length", "exceeds the format's limit", Header("{}", length: -1));
        yield return Case("space before the header", "no JSON object", Header(" {}"));
        yield return Case("a JSON array", "no JSON object", Header("[]"));
        yield return Case("no UTF-8", "no JSON object in UTF-8", [3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', 0xff, (byte)'}']);
        yield return Case("half a surrogate pair", "no Unicode",
            One("\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"));
        yield return Case("cut JSON", "no valid JSON", Header("{\"a\":"));
        yield return Case("text after the header", "no valid JSON", Header("{}x"));
        yield return Case("too deep", "no valid JSON", Header("{\"a\":[[[[[[1]]]]]]}"));
        yield return Case("name twice", "repeats a name", One($"{Entry()},{Entry(offsets: "[8,16]")}", 16));
        yield return Case("dtype twice", "repeats a name",
            One("\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"));
        yield return Case("entry is a number", "'a' has not exactly", Header("{\"a\":1}"));
        yield return Case("no shape", "'a' has not exactly", One("\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}"));
        yield return Case("a fourth property", "'a' has not exactly",
            One("\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}"));
        yield return Case("unknown dtype", "unknown dtype 'F31'", One(Entry(dtype: "\"F31\"")));
        yield return Case("dtype as number", "'a' has not exactly", One(Entry(dtype: "1")));
        yield return Case("negative size", "impossible shape", One(Entry(shape: "[-2]")));
        yield return Case("broken size", "impossible shape", One(Entry(shape: "[2.5]")));
        yield return Case("65 dimensions", "impossible shape",
            One(Entry(shape: $"[2{string.Concat(Enumerable.Repeat(",1", 64))}]")));
        yield return Case("overflowing shape", "too large for any file", One(Entry(shape: "[4294967296,4294967296]")));
        yield return Case("overflow in bytes", "too large for any file", One(Entry(shape: "[4611686018427387904]")));
        yield return Case("overflow to the right size", "too large for any file",
            One(Entry(shape: "[4611686018427387906]")));
        yield return Case("one offset", "impossible data_offsets", One(Entry(offsets: "[0]")));
        yield return Case("offsets reversed", "impossible data_offsets", One(Entry(offsets: "[8,0]")));
        yield return Case("negative offset", "impossible data_offsets", One(Entry(offsets: "[-8,0]")));
        yield return Case("size and offsets differ", "needs 12 bytes but its data_offsets span 8",
            One(Entry(shape: "[3]")));
        yield return Case("hole", "starts at byte 4 of the data, where 0 is expected",
            One(Entry(offsets: "[4,12]"), 12));
        yield return Case("overlap", "starts at byte 4 of the data, where 8 is expected",
            One($"{Entry()},{Entry("b", offsets: "[4,12]")}", 12));
        yield return Case("data missing", "need 8 bytes of data but it has 7", One(Entry(), 7));
        yield return Case("data left over", "need 8 bytes of data but it has 9", One(Entry(), 9));
        yield return Case("metadata no object", "__metadata__ is no object", Header("{\"__metadata__\":[]}"));
        yield return Case("metadata of numbers", "no text, 'x'", Header("{\"__metadata__\":{\"x\":1}}"));
    }

    [TestCaseSource(nameof(BrokenFiles))]
    public void A_broken_file_is_refused_in_one_sentence_with_its_name(byte[] file, string complaint)
    {
        using TemporaryFolder folder = new();
        string path = folder["broken.safetensors"];
        File.WriteAllBytes(path, file);
        Assert.That(() => SafetensorsFile.Read(path), Throws.TypeOf<FileFormatException>()
            .With.Message.StartsWith($"{path} is no valid safetensors file: ")
            .And.Message.Contains(complaint).And.Message.EndsWith("."));
    }

    [Test]
    public void Names_that_a_file_cannot_hold_are_refused()
    {
        static void Write(params Tensor[] tensors) =>
            SafetensorsFile.Write(new MemoryStream(), [.. tensors.Select(t => t.Store())]);
        Assert.That(() => Write(Vector, Vector), Throws.ArgumentException);
        Assert.That(() => Write(Vector with { Name = "__metadata__" }), Throws.ArgumentException);
        Assert.That(() => new Tensor("x", [2, 2], new float[3]), Throws.ArgumentException);
    }

    [Test]
    public void A_missing_file_is_a_sentence() =>
        Assert.That(() => SafetensorsFile.Read("/no/such/file"),
            Throws.TypeOf<GpuLstmException>().With.Message.StartsWith("/no/such/file cannot be read"));
}
