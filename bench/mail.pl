#!/usr/bin/env perl

# How fast a worker gets mails out, from the job that is due to the server's
# word that it has them: a server that answers at once (fast), one that takes
# 20 ms for each mail (slow20ms), and a real one, Debian's Postfix with an
# instance of its own, which throws away what it has accepted (postfix; left out
# where it is not installed). All have 64 connections. Ours are
# rendered from templates, in text and HTML, with a Message-ID that stays; the
# peer's, of the same size and ready-made, are BullMQ's jobs that read the same
# record and are sent by nodemailer.

use strict;
use warnings;
use v5.30;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../t/lib", "$FindBin::Bin/../demo/lib";

use Bench;
use IO::Socket::INET;
use Jobs;

my ($quick, $only) = {words('mail', [qw(fast slow20ms postfix)])}->@{qw(quick case)};

my $rounds = $quick ? 1 : 5;
my $mails = $quick ? 4_800 : 16_000;
our $build = "$FindBin::Bin/../build/bench";
my @rows;

system 'mkdir', '-p', $build;
system('cc', '-std=gnu11', '-O2', '-Wall', '-Wextra', '-pthread', '-o', "$build/sink", "$FindBin::Bin/sink.c") == 0
    or die "no sink\n";

for my $case ($quick ? qw(slow20ms postfix) : qw(fast slow20ms postfix)) {
    next if $only && $only ne $case;
    if ($case eq 'postfix' && !-x '/usr/sbin/postfix') {
        print "postfix: not installed, left out\n";
        next;
    }
    my $t = Jobs->new(aof => 1);
    my $port = OrderSave::Nginx::free_port();
    $t->start(no_worker => 1);
    my $server = $case eq 'postfix' ? Postfix->new($t, $port) : Sink->new($t, $port, $case eq 'fast' ? 0 : 20);
    $t->wait_for('the mail server', sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) });
    $t->{over} = {smtp => {host => '127.0.0.1', port => $port, starttls => 'never', connections => 64, timeout => '30s'}};
    my %job = (channel => 'smtp', purpose => 'support_score',
               data => {to => 'support', score => 1, comment => 'words of the customer ' x 25});
    push @rows, $t->compare_with($case, 'mails_per_s', $rounds,
        ours => sub { each_once($t, $server, sub { $t->ours($mails, \%job) }) },
        'bullmq-nodemailer' => sub { each_once($t, $server, sub { $t->theirs('bullmq', $mails, $port) }) });
    $server->stop;
    $t->end;
}
write_results('mail', $rounds, @rows);

# All of them have come to the server, each once.
sub each_once {
    my ($t, $server, $run) = @_;
    my $before = $server->taken;
    my @figures = $run->();
    $t->wait_for('the last of them', sub { $server->taken - $before >= $mails });
    my $came = $server->taken - $before;
    die "$came of $mails mails have come\n" if $came != $mails;
    printf "    of one core: %.0f %%\n", $figures[0] * $figures[1] / 1e4;
    return @figures;
}

# The one that takes everything and keeps nothing.
package Sink;

sub new {
    my ($class, $t, $port, $ms) = @_;
    $t->spawn('taker', 'taskset', '-c', 1, "$build/sink", $port, $ms);
    return bless {port => $port}, $class;
}

sub taken {
    my ($self) = @_;
    my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}) or die "the mail server is gone\n";
    <$server>;
    print $server "NOOP\r\n";
    $server->flush;
    return (split ' ', <$server>)[1];
}

sub stop { }

# Postfix as a relay: an instance with folders and a port of its own, on the
# core that Redis has. Each mail is queued on the disk before it is answered,
# and then given to discard(8). It says in its log what became of each.
package Postfix;

sub new {
    my ($class, $t, $port) = @_;
    my $self = bless {t => $t, dir => $t->path('postfix'), seen => 0, rest => '', at => 0}, $class;
    system 'mkdir', '-p', "$self->{dir}/spool", "$self->{dir}/data", "$self->{dir}/etc";
    system 'chown', 'postfix', "$self->{dir}/data";
    $t->write('postfix/etc/main.cf', <<"EOT");
compatibility_level = 3.6
queue_directory = $self->{dir}/spool
data_directory = $self->{dir}/data
maillog_file = $self->{dir}/maillog
maillog_file_prefixes = $self->{dir}
myhostname = relay.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
default_transport = discard:
relay_transport = discard:
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
default_process_limit = 200
alias_maps =
local_recipient_maps =
EOT
    $t->write('postfix/etc/master.cf', <<"EOT");
127.0.0.1:$port inet n - n - - smtpd
cleanup   unix  n - n -    0 cleanup
qmgr      unix  n - n 300  1 qmgr
rewrite   unix  - - n -    - trivial-rewrite
bounce    unix  - - n -    0 bounce
defer     unix  - - n -    0 bounce
trace     unix  - - n -    0 bounce
verify    unix  - - n -    1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -    - proxymap
showq     unix  n - n -    - showq
error     unix  - - n -    - error
retry     unix  - - n -    - error
discard   unix  - - n -    - discard
anvil     unix  - - n -    1 anvil
scache    unix  - - n -    1 scache
postlog   unix-dgram n - n - 1 postlogd
EOT
    system('taskset', '-c', 1, 'postfix', '-c', "$self->{dir}/etc", 'start') == 0
        or die "Postfix did not start:\n" . $t->read('postfix/maillog');
    return $self;
}

# Deliveries in its log, read as it grows.
sub taken {
    my ($self) = @_;
    open my $fh, '<', "$self->{dir}/maillog" or return 0;
    seek $fh, $self->{at}, 0;
    my $more = do { local $/; <$fh> } // '';
    $self->{at} += length $more;
    $more = $self->{rest} . $more;
    $self->{rest} = $more =~ s/([^\n]+)\z// ? $1 : '';
    $self->{seen} += () = $more =~ /discard\[\d+\]: .* status=sent /g;
    return $self->{seen};
}

sub stop { my ($self) = @_; system 'postfix', '-c', "$self->{dir}/etc", 'stop' }
