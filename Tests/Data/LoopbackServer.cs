using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GpuLstm.Tests.Data;

/// <summary>A small web server on this machine, one request per connection, whose answers a test decides.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, Stream, CancellationToken, Task> _answer;
    private readonly Task _serving;

    /// <param name="answer">Given the path asked for, writes the response; the connection is closed after it.</param>
    public LoopbackServer(Func<string, Stream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/mnist/");

    public List<string> Requests { get; } = [];

    /// <summary>An address on which nothing listens.</summary>
    public static Uri Nobody()
    {
        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return new Uri($"http://127.0.0.1:{port}/");
    }

    /// <summary>A status line and headers, and of the content that they announce as much as is given.</summary>
    public static async Task RespondAsync(Stream stream, string status, byte[] content, int? announced = null)
    {
        int length = announced ?? content.Length;
        string head = $"HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        await stream.WriteAsync(content);
        await stream.FlushAsync();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _serving.Wait(TimeSpan.FromSeconds(5)); // before the listener stops: it may be about to accept again
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await AnswerAsync(client.GetStream());
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        try
        {
            using StreamReader reader = new(stream, leaveOpen: true);
            string request = await reader.ReadLineAsync(_stop.Token) ?? "";
            while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 })
                continue;
            string path = request.Split(' ')[1];
            Requests.Add(path);
            await _answer(path, stream, _stop.Token);
        }
        catch (IOException)
        {
            // The client hung up: it may.
        }
    }
}
