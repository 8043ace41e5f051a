package Demo;

# Starts the demo's store and sink as child processes on free ports of
# 127.0.0.1, and stops them when the test ends, however it ends.
#
#     my $store = Demo->store('--hold' => 0);
#     my $order = $store->order(customer => 'ada');
#     $store->get($order->{cancel_url}, Cookie => $order->{cookie});

use strict;
use warnings;

use Carp qw(croak);
use File::Temp ();
use FindBin;
use IO::Socket::INET;
use Mojo::IOLoop;
use Mojo::Message::Response;
use Mojo::Server::Daemon;
use Mojo::UserAgent;
use Mojo::Util;
use Mojolicious;
use OrderSave::Patience;
use OrderSave::Ports qw(free_port);
use POSIX ();


my @running;
my $owner = $$;


sub top {
    return -d "$FindBin::Bin/demo" ? $FindBin::Bin : "$FindBin::Bin/..";
}


# Runs a program of the demo in a process that has been forked for it: Mojolicious
# is there already, and need not be loaded again, which takes longer than many a
# test. Nothing else of the test is there: no descriptor, no handler, no end. Perl
# counts handles by the numbers of their descriptors: these stay taken.
sub become {
    my ($program, @arguments) = @_;

    my $null = POSIX::open('/dev/null', POSIX::O_RDWR()) // die "/dev/null: $!";
    POSIX::dup2($null, $_) for grep { $_ > 2 && $_ != $null } map { m{(\d+)$} } glob '/proc/self/fd/*';
    $SIG{$_} = 'DEFAULT' for grep { defined $SIG{$_} } keys %SIG;
    $SIG{PIPE} = 'IGNORE';          # as Mojo::IOLoop has it, when it is loaded
    no warnings 'once';
    *CORE::GLOBAL::exit = sub { POSIX::_exit($_[0] // 0) };
    ($0, @ARGV) = ($program, @arguments);
    FindBin->again;
    Mojo::IOLoop->reset;
    $^W = 0;
    srand;

    do $program;
    print {*STDERR} $@ if $@;
    POSIX::_exit($@ ? 255 : 0);
}


sub start {
    my ($class, $script, $ready, @arguments) = @_;
    my $self = bless { script => $script }, $class;

    $self->{errors} = File::Temp->new(TEMPLATE => 'demo-XXXXXX', TMPDIR => 1);

    my $pid = fork // croak "fork: $!";

    if ($pid == 0) {
        open STDERR, '>', $self->{errors}->filename;
        open STDIN, '<', '/dev/null';
        become(top() . "/demo/$script", @arguments);
    }

    $self->{pid} = $pid;
    push @running, $self;

    for my $port (ref $ready ? @$ready : $ready) {
        await(sub {
            croak "$script did not start: " . $self->errors
                if waitpid($pid, POSIX::WNOHANG) == $pid;
            IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
        }) or croak "$script did not start: " . $self->errors;
    }

    # A server that waits for something itself gives up first. No connection is kept:
    # the server may close it just as it is used again.
    $self->{ua} = Mojo::UserAgent->new(max_redirects => 0,
        connect_timeout => patience(), inactivity_timeout => 2 * patience(),
        max_connections => 0);
    return $self;
}


sub errors {
    my ($self) = @_;

    open my $f, '<', $self->{errors}->filename or return '';
    local $/;

    return scalar <$f>;
}


sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;

    kill TERM => $pid;
    return if await(sub { waitpid($pid, POSIX::WNOHANG) == $pid });
    kill KILL => $pid;
    waitpid $pid, 0;

    return;
}


END {
    if ($$ == $owner) {
        local $?;
        $_->stop for @running;
    }
}


# --- the store ---


sub store {
    my ($class, @options) = @_;
    my $port = free_port();
    my $self = $class->start('store.pl', $port, '--listen',
                             "127.0.0.1:$port", '--cart-kb', 8, @options);

    $self->{url} = "http://127.0.0.1:$port";
    $self->{key} = 'ck_demo:cs_demo';

    return $self;
}


sub url { return $_[0]{url} }


# Any request; a path is completed. Answers Mojo's transaction.
sub request {
    my ($self, $method, $url, $headers, @body) = @_;

    $url = "$self->{url}$url" if $url =~ m{^/};
    $self->{ua}->cookie_jar->empty;

    return $self->{ua}->start($self->{ua}->build_tx($method, $url,
                                                    $headers || {}, @body));
}


# A request whose URL reaches the store byte for byte as given here.
sub raw {
    my ($self, @request) = @_;
    my $res = Mojo::Message::Response->new;

    $res->parse($self->bytes(@request));

    return $res;
}


# The same, and the answer as it came.
sub bytes {
    my ($self, $method, $url, %headers) = @_;
    my ($host, $target) = $url =~ m{^http://([^/]+)(/.*)$};

    ($host, $target) = ($self->{url} =~ s{^http://}{}r, $url) if !$host;

    my $socket = IO::Socket::INET->new(PeerAddr => $host, Timeout => patience())
        or croak "$host: $!";

    print {$socket} "$method $target HTTP/1.1\r\nHost: $host\r\n",
        "Connection: close\r\n",
        (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n";

    my $answer = '';

    while (sysread $socket, $answer, 65536, length $answer) { }

    return $answer;
}


sub get {
    my ($self, $url, %headers) = @_;

    return $self->request('GET', $url, \%headers)->res;
}


sub control {
    my ($self, $method, $path, $data) = @_;
    my $tx = $self->request($method, "/_demo$path", {},
                            $data ? (json => $data) : ());

    croak "$method $path: " . ($tx->res->body || $tx->error->{message})
        if !$tx->res->is_success;

    return $tx->res->json;
}


# A new order as {order, cancel_url, pay_url, view_url, cookie}.
sub order {
    my ($self, %new) = @_;

    return $self->control('POST', '/orders', \%new);
}


sub status {
    my ($self, $order) = @_;

    return $self->control('GET', "/orders/$order->{order}{id}")
                ->{order}{status};
}


# A call of the REST API: (code, JSON).
sub api {
    my ($self, $method, $path, $data) = @_;
    my $url = $self->{url} =~ s{^http://}{http://$self->{key}\@}r;
    my $tx = $self->{ua}->build_tx($method, "$url/wp-json/wc/v3$path",
                                   {}, $data ? (json => $data) : ());
    my $res = $self->{ua}->start($tx)->res;

    return ($res->code // 0, $res->json);
}


sub requests {
    my ($self, $since) = @_;

    return $self->control('GET', '/requests?since=' . ($since // 0));
}


# --- the sink ---


sub sink {
    my ($class, @options) = @_;
    my ($http, $smtp) = (free_port(), free_port());
    my $self = $class->start('sink.pl', [ $http, $smtp ],
                             '--listen', "127.0.0.1:$http",
                             '--smtp', "127.0.0.1:$smtp", @options);

    $self->{url}  = "http://127.0.0.1:$http";
    $self->{smtp} = $smtp;

    return $self;
}


sub smtp_port { return $_[0]{smtp} }


# Waits until `count` messages that match are there; answers all that are.
sub messages {
    my ($self, $count, %filter) = @_;
    my $query = join '&', "count=$count", 'timeout=' . patience(),
                map { "$_=" . Mojo::Util::url_escape($filter{$_}) }
                sort keys %filter;

    my $res = $self->get("/api/wait?$query");
    croak 'the sink does not answer: ', ($res->error // {})->{message} // $res->body, $self->errors if !$res->json;

    return $res->json->{messages};
}


1;
