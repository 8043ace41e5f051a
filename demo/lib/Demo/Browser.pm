package Demo::Browser;

# A real browser without a window, spoken to over its DevTools protocol: to see
# what happens on a page that is left open.
#
#     my $browser = Demo::Browser->new // die 'no Chromium';
#     $browser->open($url, {name => 'value of a cookie'});
#     $browser->text('document.title');

use strict;
use warnings;
use v5.30;

use File::Temp ();
use IO::Select;
use Mojo::IOLoop;
use Mojo::JSON qw(decode_json encode_json);
use Mojo::UserAgent;
use OrderSave::Nginx;
use POSIX ();
use Time::HiRes qw(sleep time);

# undef where there is no Chromium
sub new {
    my ($class) = @_;
    my $program = $ENV{CHROMIUM} // '/usr/bin/chromium';
    return if !-x $program;

    my $self = bless {n => 0, dir => File::Temp->newdir}, $class;
    pipe my $read, my $write or die "pipe: $!";
    $self->{pid} = fork // die "fork: $!";
    if ($self->{pid} == 0) {
        close $read;
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>&', $write;
        exec $program, '--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0',
            '--disable-background-networking', '--disable-component-update', '--disable-sync',
            "--user-data-dir=$self->{dir}", 'about:blank' or POSIX::_exit(127);
    }
    close $write;
    $self->{errors} = $read;

    my ($said, $end, $select) = ('', time + 20, IO::Select->new($read));
    while ($said !~ m{DevTools listening on (ws://\S+)} && time < $end) {
        $select->can_read(0.2) or next;
        sysread $read, $said, 4096, length $said or last;
    }
    my ($port) = $said =~ m{listening on ws://[^:]+:(\d+)/} or do { $self->stop; return };
    $self->{ua} = Mojo::UserAgent->new(inactivity_timeout => 60);
    my $page;
    while (!$page && time < $end) {
        my $list = $self->{ua}->get("http://127.0.0.1:$port/json")->result->json;
        ($page) = grep { $_->{type} eq 'page' } @$list;
        sleep 0.05 if !$page;
    }
    $self->{ua}->websocket($page->{webSocketDebuggerUrl} => sub {
        my ($ua, $tx) = @_;
        $tx->max_websocket_size(16 * 1024 * 1024);
        $tx->on(text => sub {
            my (undef, $bytes) = @_;
            my $answer = decode_json($bytes);
            $self->{answers}{$answer->{id}} = $answer if $answer->{id};
        });
        $self->{tx} = $tx;
    });
    $self->_until(sub { $self->{tx} });
    $self->call('Page.enable');
    return $self;
}

sub _until {
    my ($self, $good, $seconds) = @_;
    my $end = time + ($seconds // 10);
    until ($good->()) {
        die "the browser does not answer\n" if time > $end;
        Mojo::IOLoop->one_tick;
    }
}

sub call {
    my ($self, $method, $params) = @_;
    my $id = ++$self->{n};
    my $timer = Mojo::IOLoop->recurring(0.05 => sub { });
    $self->{tx}->send({text => encode_json({id => $id, method => $method, params => $params // {}})});
    $self->_until(sub { $self->{answers}{$id} });
    Mojo::IOLoop->remove($timer);
    return delete($self->{answers}{$id})->{result};
}

sub open {
    my ($self, $url, $cookies) = @_;
    $self->call('Network.setCookie', {url => $url, name => $_, value => $cookies->{$_}}) for keys %$cookies;
    $self->call('Page.navigate', {url => $url});
    $self->sees('document.readyState === "complete"', 10);
}

# The value of an expression in the page.
sub text {
    my ($self, $script) = @_;
    return $self->call('Runtime.evaluate', {expression => $script})->{result}{value};
}

# Seconds until an expression holds; undef when it does not in time.
sub sees {
    my ($self, $script, $seconds) = @_;
    my $begun = time;
    while (time - $begun < $seconds) {
        return time - $begun if $self->text($script);
        sleep 0.03;
    }
    return;
}

# A key, pressed and let go: Enter, Tab, Escape, ArrowDown.
my %KEYS = (Enter => [13, "\r"], Tab => [9, ''], Escape => [27, ''], ArrowDown => [40, '']);

sub key {
    my ($self, $key) = @_;
    my ($code, $text) = @{$KEYS{$key} // die "no key $key\n"};
    my %key = (key => $key, code => $key, windowsVirtualKeyCode => $code);
    $self->call('Input.dispatchKeyEvent', {type => length $text ? 'keyDown' : 'rawKeyDown', %key, length $text ? (text => $text) : ()});
    $self->call('Input.dispatchKeyEvent', {type => 'keyUp', %key});
    return;
}

# What axe finds wrong with the page, as words; undef where it is not installed.
sub axe {
    my ($self) = @_;
    my $file = "$OrderSave::Nginx::ROOT/t/browser/node_modules/axe-core/axe.min.js";
    CORE::open my $fh, '<:encoding(UTF-8)', $file or return;
    $self->call('Runtime.evaluate', {expression => do { local $/; <$fh> }});
    my $found = $self->call('Runtime.evaluate', {awaitPromise => Mojo::JSON::true, returnByValue => Mojo::JSON::true,
        expression => 'axe.run(document.querySelector("ordersave-dialog")).then(r => r.violations.map(v => v.id + " " + v.nodes[0].html))'});
    return $found->{result}{value} // ['axe did not run'];
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    $self->{tx}->finish if $self->{tx};
    kill TERM => $pid;
    for (1 .. 100) {
        return if waitpid($pid, POSIX::WNOHANG) == $pid;
        sleep 0.03;
    }
    kill KILL => $pid;
    waitpid $pid, 0;
    return;
}

sub DESTROY { local ($?, $@); $_[0]->stop }

1;
