#!/usr/bin/env perl

# The mail and SMS sink itself: what other tests rely on when they read their
# messages from it, and the faults that it makes on demand.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/lib";
use File::Temp ();
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use Net::SMTP;
use Test::More;

use Demo;
use OrderSave::Patience;

binmode Test::More->builder->$_, ':encoding(UTF-8)'
    for qw(output failure_output todo_output);

my $dir = File::Temp->newdir;
my $sink = Demo->sink('--dir', "$dir");

my $MAIL = <<'MAIL' =~ s/\n/\r\n/gr;
From: =?UTF-8?B?7IOB7KCQ?= <shop@example.com>
To: a@example.com
Subject: =?UTF-8?Q?D=C3=A9sol=C3=A9?=
Message-ID: <1@example.com>
Reply-To: help@example.com
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b1"

--b1
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: quoted-printable

Au revoir=2C =E2=82=AC
.
--b1
Content-Type: text/html; charset=UTF-8
Content-Transfer-Encoding: base64

PHA+w6k8L3A+
--b1--
MAIL


sub connect_smtp {
    my (%more) = @_;
    my $to = $more{sink} // $sink;

    return Net::SMTP->new('127.0.0.1', Port => $to->smtp_port, Timeout => 60);
}

sub send_mail {
    my ($smtp, @to) = @_;

    return $smtp->mail('shop@example.com') && $smtp->to(@to)
           && $smtp->data($MAIL);
}


subtest 'a mail and its parts' => sub {
    my $smtp = connect_smtp();

    ok send_mail($smtp, 'a@example.com', 'b@example.com');
    $smtp->quit;

    my ($m) = @{ $sink->messages(1, to => 'a@example.com') };

    is $m->{subject}, 'Désolé';
    is_deeply $m->{to}, [ 'a@example.com', 'b@example.com' ];
    is $m->{text} =~ s/\r//gr, "Au revoir, €\n.";
    is $m->{html}, '<p>é</p>';
    is $m->{message_id}, '<1@example.com>';
    is $m->{reply_to}, 'help@example.com';
    is_deeply [ map { $_->{type} =~ s/;.*//r } @{ $m->{parts} } ],
              [ 'text/plain', 'text/html' ];
    is $m->{headers}[0][1], '상점 <shop@example.com>';

    my $raw = $sink->get("/api/messages/$m->{id}/raw")->body;

    is $raw, $MAIL, 'kept byte for byte';
    ok -s sprintf('%s/%05d.eml', $dir, $m->{id}), 'and in a file';
};

subtest 'commands in one piece' => sub {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $sink->smtp_port);

    print {$socket} join "\r\n", 'EHLO me', 'MAIL FROM:<a@example.com>',
        'RCPT TO:<piped@example.com>', 'DATA', '';
    my $said = '';
    while ($said !~ /^354/m) {
        sysread $socket, $said, 4096, length $said or last;
    }
    like $said, qr/^250-PIPELINING\r$/m;

    print {$socket} "Subject: x\r\n\r\n..dots\r\n.\r\nQUIT\r\n";
    while ($said !~ /^221/m) {
        sysread $socket, $said, 4096, length $said or last;
    }
    like $said, qr/^354.*^250 2.0.0.*^221/ms;
    is $sink->messages(1, to => 'piped@example.com')->[0]{text}, ".dots\r\n";
};

subtest 'many connections at once' => sub {
    my @open = map { connect_smtp() } 1 .. 20;

    ok send_mail($open[$_], "many\@example.com"), "number $_" for 0 .. 19;
    is scalar @{ $sink->messages(20, to => 'many@example.com') }, 20;
    cmp_ok $sink->get('/api/stats')->json->{most_open}, '>=', 20;
};

sub fault {
    my (%fault) = @_;

    $sink->{ua}->delete($sink->{url} . '/api/faults');
    $sink->{ua}->post($sink->{url} . '/api/faults', json => \%fault);
}

for my $at (qw(mail rcpt dot)) {
    subtest "450 at $at, then well" => sub {
        fault(at => $at, reply => '450 4.2.0 later');
        my $smtp = connect_smtp();

        ok !send_mail($smtp, "$at\@example.com");
        is $smtp->code, 450;
        is scalar @{ $sink->messages(0, to => "$at\@example.com") }, 0;
        $smtp->reset;
        ok send_mail($smtp, "$at\@example.com"), 'once only';
        is scalar @{ $sink->messages(1, to => "$at\@example.com") }, 1;
    };
}

subtest 'a recipient refused by name' => sub {
    fault(at => 'rcpt', match => 'bad@', reply => '550 5.1.1 unknown',
          times => -1);
    my $smtp = connect_smtp();

    ok $smtp->mail('a@example.com');
    ok !$smtp->to('bad@example.com');
    is $smtp->code, 550;
    ok $smtp->to('good@example.com');
};

subtest 'dropped after the dot, but kept' => sub {
    fault(at => 'dot', drop => 1, keep => 1);
    my $smtp = connect_smtp();

    ok !send_mail($smtp, 'drop@example.com');
    is scalar @{ $sink->messages(1, to => 'drop@example.com') }, 1;
};

subtest 'hangs after the dot' => sub {
    fault(at => 'dot', hang => 1, keep => 1);
    my $smtp = connect_smtp();

    $smtp->mail('shop@example.com') && $smtp->to('hang@example.com')
        && $smtp->data && $smtp->datasend($MAIL);
    $smtp->timeout(1);
    ok !$smtp->dataend;
    is scalar @{ $sink->messages(1, to => 'hang@example.com') }, 1;
};

subtest 'slow at connecting' => sub {
    fault(at => 'connect', hold => 1);
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $sink->smtp_port);
    my $bits = '';
    vec($bits, fileno $socket, 1) = 1;

    ok await(sub { $sink->get('/api/stats')->json->{held} == 1 });
    is select(my $ready = $bits, undef, undef, 0), 0, 'not a word yet';
    $sink->request('POST', '/api/release');
    like <$socket>, qr/^220 /, 'and then it speaks';
    fault(at => 'sms', times => 0);
};

sub twilio {
    my ($form, $auth) = @_;
    my $url = $sink->{url} =~ s{//}{"//" . ($auth // 'AC0demo:secret') . '@'}er;

    return $sink->{ua}->post("$url/2010-04-01/Accounts/AC0demo/Messages.json",
                             form => $form)->res;
}

subtest "Twilio's shape" => sub {
    my $res = twilio({ From => '+15005550006', To => '+821012345678',
                       Body => '안녕하세요 https://example.com/?a=1' });

    is $res->code, 201;
    is $res->json->{status}, 'queued';
    like $res->json->{sid}, qr/^SM[0-9a-f]{32}$/;
    is $sink->messages(1, kind => 'sms')->[0]{text},
       '안녕하세요 https://example.com/?a=1';

    is twilio({ From => '1', To => '0812', Body => 'x' })->json->{code}, 21211;
    is twilio({ From => '1', To => '+6281234567', Body => '' })->json->{code},
       21602;
    is twilio({}, 'AC0demo:wrong')->code, 401;

    fault(at => 'sms', status => 429, retry_after => 2);
    $res = twilio({ From => '1', To => '+6281234567', Body => 'x' });
    is $res->code, 429;
    is $res->headers->header('Retry-After'), 2;
};

subtest 'a generic provider' => sub {
    my $post = sub {
        $sink->{ua}->post("$sink->{url}/sms",
                          { Authorization => "Bearer $_[0]" },
                          json => $_[1])->res;
    };

    is $post->('secret', { to => '+336', from => 'Shop', text => 'Salut' })
        ->code, 202;
    is $post->('wrong', { to => '+336', text => 'x' })->code, 401;
    is $post->('secret', { to => '+336' })->code, 422;
    is $sink->messages(1, to => '+336')->[0]{text}, 'Salut';
};

subtest 'the page shows it all, and runs nothing of it' => sub {
    my $page = $sink->get('/')->text;

    like $page, qr/Désolé/;
    like $page, qr/<iframe sandbox="allow-popups[^"]*"[^>]*srcdoc="/;
    unlike $page, qr/allow-(?:scripts|same-origin)/;
    like $page, qr{<a href="https://example\.com/\?a=1">};
};

subtest 'cleared' => sub {
    $sink->{ua}->delete("$sink->{url}/api/messages");
    is scalar @{ $sink->get('/api/messages')->json->{messages} }, 0;
};

subtest 'STARTTLS and AUTH' => sub {
    plan skip_all => 'no IO::Socket::SSL or openssl'
        if !eval { require IO::Socket::SSL }
           || system("openssl req -x509 -newkey rsa:2048 -nodes -days 1 "
                     . "-subj /CN=localhost -keyout $dir/key.pem "
                     . "-out $dir/cert.pem >/dev/null 2>&1");

    my $safe = Demo->sink('--cert', "$dir/cert.pem", '--key', "$dir/key.pem",
                          '--smtp-auth', 'me:pass word');
    my $smtp = connect_smtp(sink => $safe);

    ok !send_mail($smtp, 'a@example.com'), 'not without a login';
    is $smtp->code, 530;
    ok $smtp->starttls(SSL_verify_mode => 0), 'TLS';

    # By hand: Authen::SASL need not be there.
    my $auth = sub { $smtp->command(@_)->response; $smtp->code };

    is $auth->('AUTH', 'PLAIN', encode_base64("\0me\0wrong", '')), 535;
    is $auth->('AUTH', 'PLAIN', encode_base64("\0me\0pass word", '')), 235;
    ok send_mail($smtp, 'a@example.com');
    $smtp->quit;

    my ($m) = @{ $safe->messages(1) };
    ok $m->{tls};
    is $m->{user}, 'me';

    $smtp = connect_smtp(sink => $safe);
    is $smtp->command('AUTH', 'LOGIN')->response && $smtp->code, 334;
    is $auth->(encode_base64('me', '')), 334;
    is $auth->(encode_base64('pass word', '')), 235;
    $safe->stop;
};

done_testing;
