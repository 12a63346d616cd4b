import fenliu.v1.RouterGrpc;
import fenliu.v1.RouterOuterClass.Inquiry;
import fenliu.v1.RouterOuterClass.RouteRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import java.io.File;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Asks a running {@code fenliu serve} who must answer one message. */
class Route {
    public static void main(String[] args) throws IOException {
        var ca = System.getenv().getOrDefault("FENLIU_CA", "");
        var token = System.getenv().getOrDefault("FENLIU_TOKEN", "");
        var credentials = ca.isEmpty()
            ? InsecureChannelCredentials.create()
            : TlsChannelCredentials.newBuilder().trustManager(new File(ca)).build();
        var metadata = new Metadata();
        if (!token.isEmpty()) {
            metadata.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        }
        var channel = Grpc.newChannelBuilder(args[0], credentials)
            .intercept(MetadataUtils.newAttachHeadersInterceptor(metadata))
            .build();
        var request = RouteRequest.newBuilder().setInquiry(Inquiry.newBuilder().setText(args[1])).build();
        try {
            var router = RouterGrpc.newBlockingStub(channel).withDeadlineAfter(5, TimeUnit.SECONDS);
            var outcome = router.route(request).getOutcome();
            var intent = outcome.getIntentsCount() > 0 ? outcome.getIntents(0).getId() : "-";
            System.out.printf("%s %s %s %s%n", outcome.getTier(), outcome.getGroup(), intent, outcome.getMatch());
        } catch (StatusRuntimeException error) {
            System.err.println(error.getStatus().getCode() + ": " + error.getStatus().getDescription());
            System.exit(1);
        } finally {
            channel.shutdownNow();
        }
    }
}
