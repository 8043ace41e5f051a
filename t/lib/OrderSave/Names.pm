package OrderSave::Names;

# A DNS server on an address of its own of this machine, port 53, for programs
# that are run under it: they see a resolv.conf that names it, and files of the
# test in place of the system's. Takes root.
#
#     my $dns = OrderSave::Names->new($dir, {'shop.test' => ['v=spf1 -all']});
#     $dns->set('k1._domainkey.shop.test' => ['v=DKIM1; p=…']);
#     my @command = $dns->under({'/etc/hosts' => $file}, 'ordersavectl', 'check');
#
# As real ones do it cuts texts into pieces of 255 bytes, has an answer beyond
# 512 bytes asked for again by TCP, and answers a name that is another's ('=name')
# with both.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use POSIX qw(_exit);

sub possible { return !$> && system('unshare -m true 2>/dev/null') == 0 }

sub new {
    my ($class, $dir, $texts) = @_;
    my $self = bless {dir => $dir, owner => $$, texts => {%$texts}}, $class;

    for (1 .. 20) {
        my %at = (LocalAddr => join('.', 127, map { 1 + int rand 250 } 1 .. 3), LocalPort => 53, ReuseAddr => 1);
        my $udp = IO::Socket::INET->new(%at, Proto => 'udp') or next;
        my $tcp = IO::Socket::INET->new(%at, Listen => 16) or next;

        $self->{address} = $at{LocalAddr};
        $self->set;
        $self->{pid} = fork // die "fork: $!";
        $self->_serve($udp, $tcp) if $self->{pid} == 0;
        open my $conf, '>', "$dir/resolv.conf" or die $!;
        print {$conf} "nameserver $self->{address}\n";
        close $conf;
        return $self;
    }

    die 'no address for a DNS server';
}


sub set {
    my ($self, %texts) = @_;

    %{$self->{texts}} = (%{$self->{texts}}, %texts);
    delete $self->{texts}{$_} for grep { !$self->{texts}{$_} } keys %{$self->{texts}};
    open my $file, '>', "$self->{dir}/names" or die $!;
    print {$file} encode_json($self->{texts});

    return;
}


sub under {
    my ($self, $files, @command) = @_;
    my %files = (%$files, '/etc/resolv.conf' => "$self->{dir}/resolv.conf");

    return ('unshare', '-m', 'sh', '-ec',
            join('', map { "mount --bind '$files{$_}' '$_'; " } sort keys %files) . 'exec "$@"', 'sh', @command);
}


sub _name { return join('', map { pack 'C/a', $_ } split /\./, $_[0]) . "\0" }

sub _record { my ($name, $type, $data) = @_; return _name($name) . pack 'nnNn/a', $type, 1, 60, $data }

# What the packet is answered with.
sub _answer {
    my ($self, $packet, $most) = @_;
    my ($id, $flags) = unpack 'nn', $packet;
    my ($at, @labels) = (12);

    while (my $n = unpack 'C', substr $packet, $at++, 1) {
        push @labels, substr $packet, $at, $n;
        $at += $n;
    }

    my $question = substr $packet, 12, $at + 4 - 12;
    my $texts = decode_json(do { local (@ARGV, $/) = "$self->{dir}/names"; <> });
    my $name = lc join '.', @labels;
    my @records;

    for (my $to = $name; my $all = $texts->{$to}; ) {
        my ($other) = map { /^=(.*)/ } @$all;

        push @records, $other ? _record($to, 5, _name($other))
            : map { _record($to, 16, join '', map { pack 'C/a', $_ } /(.{1,255})/gs) } @$all;
        $to = $other // last;
    }

    my $cut = $most && 12 + length($question) + length(join '', @records) > $most;
    @records = () if $cut;

    return pack('nnnnnn', $id, 0x8180 | ($cut ? 0x200 : 0) | ($texts->{$name} ? 0 : 3), 1, scalar @records, 0, 0)
        . join '', $question, @records;
}


sub _serve {
    my ($self, $udp, $tcp) = @_;
    my $select = IO::Select->new($udp, $tcp);

    while (my @ready = $select->can_read) {
        for my $socket (@ready) {
            if ($socket == $udp) {
                my $from = $udp->recv(my $packet, 4096) or next;
                $udp->send($self->_answer($packet, 512), 0, $from);
            } elsif (my $client = $socket->accept) {
                read $client, my $length, 2 or next;
                read $client, my $packet, unpack 'n', $length;
                print {$client} pack 'n/a', $self->_answer($packet);
                close $client;
            }
        }
    }

    _exit(0);
}


sub DESTROY {
    my ($self) = @_;

    return if $$ != $self->{owner} || !$self->{pid};
    local $?;
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
