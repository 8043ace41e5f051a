#!/usr/bin/env perl

# Takes mails and text messages in, for the demo and the tests: an SMTP server
# and two SMS APIs that keep what they are given, a page that shows it as a
# phone would, JSON to ask for it, and faults on demand.
#
#     demo/sink.pl --listen 127.0.0.1:8025 --smtp 127.0.0.1:2525
#
# See demo/README.md for the options and the endpoints.

use Mojo::Base -strict, -signatures;

use Encode ();
use File::Path qw(make_path);
use FindBin;
use Getopt::Long qw(GetOptions);
use MIME::Base64 qw(decode_base64);
use MIME::QuotedPrint qw(decode_qp);
use Mojo::IOLoop;
use Mojo::IOLoop::Stream;
use Mojo::IOLoop::TLS;
use Mojo::JSON qw(decode_json encode_json true false);
use Mojo::Server::Daemon;
use Mojo::Util qw(xml_escape);
use Mojolicious;
use Time::HiRes ();


my %option = (
    listen => '127.0.0.1:8025',
    smtp   => '127.0.0.1:2525',
    user   => 'AC0demo', password => 'secret',
    name   => 'Inbox', account => 'active',
);

GetOptions(\%option, 'listen=s', 'smtp=s', 'dir=s', 'user=s', 'password=s',
           'account=s', 'smtp-auth=s', 'cert=s', 'key=s', 'name=s', 'ascii', 'help')
    or exit 2;

if ($option{help}) {
    print <<"HELP";
Usage: sink.pl [OPTION]...

  --listen HOST:PORT   of the page, the JSON and the SMS APIs (127.0.0.1:8025)
  --smtp HOST:PORT     of the SMTP server (127.0.0.1:2525)
  --dir FOLDER         also write every message to a file there
  --user, --password   of the SMS APIs (AC0demo, secret)
  --account STATUS     of that account (active)
  --smtp-auth U:P      demand AUTH PLAIN or LOGIN
  --cert, --key FILE   offer STARTTLS with these PEM files
  --name TEXT          heading of the page
  --ascii              do not speak SMTPUTF8
HELP
    exit 0;
}

make_path($option{dir}) if defined $option{dir};


# --- what was taken in ---


my @messages;
my $count = 0;
my @waiting;                    # requests of /api/wait
my %stats = (connections => 0, open => 0, most_open => 0);


sub keep ($message) {
    $message->{id} = ++$count;
    $message->{at} = Time::HiRes::time();
    push @messages, $message;

    if (defined $option{dir}) {
        my $name = sprintf '%s/%05d.%s', $option{dir}, $message->{id},
                   $message->{kind} eq 'mail' ? 'eml' : 'json';
        open my $file, '>', $name or die "$name: $!\n";
        print {$file} $message->{kind} eq 'mail' ? $message->{raw}
                                                 : encode_json($message);
    }

    for my $wait (splice @waiting) {
        $wait->() or push @waiting, $wait;
    }

    return $message;
}


sub matching ($filter) {
    return grep {
        my $m = $_;
        (!defined $filter->{kind} || $m->{kind} eq $filter->{kind})
        && (!defined $filter->{to}
            || grep { lc $_ eq lc $filter->{to} } @{ $m->{to} })
        && (!defined $filter->{subject}
            || index($m->{subject} // '', $filter->{subject}) >= 0)
        && (!defined $filter->{text}
            || index(($m->{text} // '') . ($m->{html} // ''),
                     $filter->{text}) >= 0)
        && (!defined $filter->{since} || $m->{id} > $filter->{since})
    } @messages;
}


# --- MIME ---


sub headers_of ($head) {
    my @list;

    $head =~ s/\r?\n[ \t]+/ /g;

    for my $line (split /\r?\n/, $head) {
        push @list, [ $1, $2 ] if $line =~ /^([^:\s]+):\s*(.*)$/;
    }

    return \@list;
}


sub header ($list, $name) {
    my ($found) = grep { lc $_->[0] eq lc $name } @$list;

    return $found ? $found->[1] : undef;
}


sub decode_words ($text) {
    return undef if !defined $text;

    # What is no encoded word may be UTF-8 as it stands (RFC 6532).
    my $decoded = $text =~ /=\?/
        ? eval { Encode::decode('MIME-Header', $text) }
        : eval { Encode::decode('UTF-8', "$text", Encode::FB_CROAK()) };

    return $decoded // $text;
}


# Collects the parts of an entity into $into: text, html, parts.
sub parse_entity ($raw, $into, $depth = 0) {
    my ($head, $body) = split /\r?\n\r?\n/, $raw, 2;
    my $list = headers_of($head // '');
    my $type = header($list, 'Content-Type') // 'text/plain';

    $body //= '';

    if ($depth < 8 && $type =~ m{^multipart/}i
        && $type =~ /boundary="?([^";]+)"?/i)
    {
        my @parts = split /(?:^|\r?\n)--\Q$1\E(?:--)?[ \t]*(?:\r?\n|$)/, $body;

        shift @parts;
        parse_entity($_, $into, $depth + 1) for grep { /\S/ } @parts;

        return $list;
    }

    my $encoding = lc(header($list, 'Content-Transfer-Encoding') // '7bit');

    $body = decode_base64($body) if $encoding eq 'base64';
    $body = decode_qp($body) if $encoding eq 'quoted-printable';

    my ($charset) = $type =~ /charset="?([\w-]+)"?/i;
    my $text = eval { Encode::decode($charset // 'UTF-8', $body,
                                     Encode::FB_CROAK()) };

    $text //= $body;
    push @{ $into->{parts} }, { type => $type, encoding => $encoding,
                                size => length $body };

    if ($type =~ m{^text/html}i) {
        $into->{html} //= $text;
    } elsif ($type =~ m{^text/plain}i) {
        $into->{text} //= $text;
    }

    return $list;
}


sub keep_mail ($envelope, $raw) {
    my %mail = (kind => 'mail', from => $envelope->{from},
                to => [ @{ $envelope->{to} } ], raw => $raw,
                tls => $envelope->{tls} ? true : false,
                user => $envelope->{user}, parts => []);
    my $list = parse_entity($raw, \%mail);

    $mail{headers} = [ map { [ $_->[0], decode_words($_->[1]) ] } @$list ];
    $mail{subject} = decode_words(header($list, 'Subject')) // '';
    $mail{message_id} = header($list, 'Message-ID');
    $mail{reply_to} = decode_words(header($list, 'Reply-To'));

    return keep(\%mail);
}


# --- faults on demand ---
#
# {"at": "mail|rcpt|data|dot|connect|sms|ask", "times": 1, "match": "text"} with one
# of "reply": "450 4.2.0 later" (SMTP) or "status"/"json" (SMS); "delay_ms";
# "hang": never answer; "hold": answer when POST /api/release says so; "drop":
# close; with "keep" the message is kept first.


my @faults;
my @held;                       # answers that wait for their release

sub fault ($at, $text = '') {
    for my $fault (@faults) {
        next if $fault->{at} ne $at || $fault->{times} == 0
                || (defined $fault->{match}
                    && index($text, $fault->{match}) < 0);

        $fault->{times}--;
        $fault->{met}++;
        return $fault;
    }

    return undef;
}


# --- SMTP ---


sub smtp_send ($session, $text) {
    $session->{stream}->write("$text\r\n") if $session->{stream};

    return;
}


# Answers a command, unless a fault says otherwise. Returns false when the
# command must not take effect.
sub smtp_answer ($session, $at, $text, $reply, $effect = undef) {
    my $fault = fault($at, $text);

    if (!$fault) {
        $effect->() if $effect;
        smtp_send($session, $reply);
        return;
    }

    if ($effect && ($fault->{keep} || (!$fault->{reply} && !$fault->{drop}
                                       && !$fault->{hang})))
    {
        $effect->();
    }

    my $go = sub {
        if ($fault->{hang}) {
            return;
        }

        if ($fault->{drop}) {
            $session->{stream}->close if $session->{stream};
            return;
        }

        smtp_send($session, $fault->{reply} // $reply);

        # What a slow answer held back goes on now.
        $session->{busy} = 0;
        smtp_lines($session);
    };

    $session->{busy} = 1;

    if ($fault->{hold}) {
        push @held, $go;
    } elsif ($fault->{delay_ms}) {
        Mojo::IOLoop->timer($fault->{delay_ms} / 1000 => $go);
    } else {
        Mojo::IOLoop->next_tick($go);
    }

    return;
}


sub smtp_reset ($session) {
    $session->{from} = undef;
    $session->{to}   = [];

    return;
}


sub smtp_auth ($session, $user, $password) {
    if ("$user:$password" eq $option{'smtp-auth'}) {
        $session->{user} = $user;
        smtp_send($session, '235 2.7.0 Welcome');
    } else {
        smtp_send($session, '535 5.7.8 Wrong user or password');
    }

    $session->{expect} = undef;

    return;
}


sub smtp_command ($session, $line) {
    my ($verb, $rest) = $line =~ /^(\w+)\s*(.*)$/ ? (uc $1, $2) : ('', '');

    if ($session->{expect}) {
        return $session->{expect}->($line);
    }

    if ($verb eq 'EHLO') {
        my @features = ('sink', 'PIPELINING', '8BITMIME',
                        ('SMTPUTF8') x !$option{ascii},
                        'SIZE 10485760', 'ENHANCEDSTATUSCODES');

        push @features, 'STARTTLS' if $option{cert} && !$session->{tls};
        push @features, 'AUTH PLAIN LOGIN' if $option{'smtp-auth'};

        my $last = pop @features;
        smtp_send($session, "250-$_") for @features;
        smtp_reset($session);
        return smtp_send($session, "250 $last");
    }

    if ($verb eq 'HELO') {
        smtp_reset($session);
        return smtp_send($session, '250 sink');
    }

    if ($verb eq 'STARTTLS' && $option{cert} && !$session->{tls}) {
        return smtp_starttls($session);
    }

    if ($verb eq 'AUTH' && $option{'smtp-auth'}) {
        my ($way, $first) = split / /, $rest, 2;

        if (uc($way // '') eq 'PLAIN') {
            my $plain = sub ($text) {
                my (undef, $user, $password) = split /\0/,
                                               decode_base64($text), -1;
                smtp_auth($session, $user // '', $password // '');
            };

            return $plain->($first) if length($first // '');

            $session->{expect} = $plain;
            return smtp_send($session, '334 ');
        }

        if (uc($way // '') eq 'LOGIN') {
            my $password = sub ($user) {
                $session->{expect} = sub ($text) {
                    smtp_auth($session, decode_base64($user),
                              decode_base64($text));
                };
                smtp_send($session, '334 UGFzc3dvcmQ6');
            };

            return $password->($first) if length($first // '');

            $session->{expect} = $password;
            return smtp_send($session, '334 VXNlcm5hbWU6');
        }

        return smtp_send($session, '504 5.5.4 Unknown mechanism');
    }

    if ($verb eq 'MAIL') {
        return smtp_send($session, '530 5.7.0 Authentication required')
            if $option{'smtp-auth'} && !defined $session->{user};

        my ($from) = $rest =~ /^FROM:\s*<([^>]*)>/i
            or return smtp_send($session, '501 5.5.4 MAIL FROM:<address>');

        return smtp_answer($session, 'mail', $from, '250 2.1.0 OK', sub {
            smtp_reset($session);
            $session->{utf8} = $rest =~ / SMTPUTF8\b/i && !$option{ascii};
            $session->{from} = $from;
        });
    }

    if ($verb eq 'RCPT') {
        return smtp_send($session, '503 5.5.1 MAIL first')
            if !defined $session->{from};

        my ($to) = $rest =~ /^TO:\s*<([^>]+)>/i
            or return smtp_send($session, '501 5.5.4 RCPT TO:<address>');

        return smtp_send($session, '553 5.6.7 Addresses beyond ASCII take '
                                   . 'SMTPUTF8')
            if $to =~ /[^\x00-\x7f]/ && !$session->{utf8};

        return smtp_answer($session, 'rcpt', $to, '250 2.1.5 OK', sub {
            push @{ $session->{to} }, $to;
        });
    }

    if ($verb eq 'DATA') {
        return smtp_send($session, '503 5.5.1 No recipients')
            if !@{ $session->{to} };

        return smtp_answer($session, 'data', join(' ', @{ $session->{to} }),
                           '354 Go on', sub { $session->{data} = [] });
    }

    if ($verb eq 'RSET') {
        smtp_reset($session);
        return smtp_send($session, '250 2.0.0 OK');
    }

    if ($verb eq 'NOOP') {
        return smtp_send($session, '250 2.0.0 OK');
    }

    if ($verb eq 'QUIT') {
        smtp_send($session, '221 2.0.0 Bye');
        $session->{stream}->close_gracefully if $session->{stream};
        return;
    }

    return smtp_send($session, '502 5.5.2 Unknown command');
}


sub smtp_data ($session, $line) {
    if ($line ne '.') {
        $line =~ s/^\.//;
        push @{ $session->{data} }, $line;
        return;
    }

    my $raw = join '', map { "$_\r\n" } @{ delete $session->{data} };
    my $envelope = { %$session{qw(from to tls user)} };

    smtp_answer($session, 'dot', "@{ $session->{to} }\n$raw",
                '250 2.0.0 Kept as ' . ($count + 1),
                sub { keep_mail($envelope, $raw) });
    smtp_reset($session);

    return;
}


sub smtp_lines ($session) {
    while (!$session->{busy} && $session->{stream}
           && $session->{bytes} =~ s/^(.*?)\r?\n//s)
    {
        my $line = $1;

        if ($session->{data}) {
            smtp_data($session, $line);
        } else {
            smtp_command($session, $line);
        }
    }

    return;
}


# Takes the connection out of the loop, speaks TLS on it, puts it back.
sub smtp_starttls ($session) {
    my $stream = delete $session->{stream};
    my $loop = Mojo::IOLoop->singleton;

    # What was sent before TLS must not be taken for something said within.
    $session->{bytes} = '';
    $session->{busy} = 1;

    $stream->write("220 2.0.0 Go on\r\n" => sub ($stream) {
        my $handle = $stream->steal_handle;
        my $tls = Mojo::IOLoop::TLS->new($handle);

        $session->{starting} = $tls;
        $tls->on(upgrade => sub ($tls, $handle) {
            delete $session->{starting};
            $session->{tls} = 1;
            $session->{busy} = 0;
            smtp_reset($session);

            my $new = Mojo::IOLoop::Stream->new($handle);
            $loop->stream($new);
            smtp_stream($session, $new);
        });
        $tls->on(error => sub ($tls, $error) {
            delete $session->{starting};
            warn "STARTTLS: $error\n";
        });
        $tls->negotiate(server => 1, tls_cert => $option{cert},
                        tls_key => $option{key} // $option{cert});
    });

    return;
}


sub smtp_stream ($session, $stream) {
    $session->{stream} = $stream;
    $stream->timeout(300);
    $stream->on(read => sub ($stream, $bytes) {
        $session->{bytes} .= $bytes;
        smtp_lines($session);
    });
    $stream->on(close => sub ($stream) {
        if ($session->{stream} && $session->{stream} == $stream) {
            delete $session->{stream};
            $stats{open}--;
        }
    });
    $stream->on(error => sub { });

    return;
}


my ($smtp_host, $smtp_port) = $option{smtp} =~ /^(.*):(\d+)$/
    or die "--smtp: HOST:PORT was expected\n";

Mojo::IOLoop->server(
    { address => $smtp_host, port => $smtp_port } => sub ($loop, $stream, $id) {
        my $session = { bytes => '', to => [], busy => 0 };

        $stats{connections}++;
        $stats{open}++;
        $stats{most_open} = $stats{open} if $stats{open} > $stats{most_open};

        smtp_stream($session, $stream);
        smtp_answer($session, 'connect', '', '220 sink ESMTP');
    }
);


# --- SMS ---


my $app = Mojolicious->new;

$app->secrets(['sink']);
$app->mode('production');
$app->log->level('error');
$app->types->type(html => 'text/html; charset=UTF-8');

my $r = $app->routes;


sub sms_refused ($c, $status, $code, $message) {
    $c->render(json => { code => $code, message => $message, status => $status,
                         more_info => "https://www.example.com/errors/$code" },
               status => $status);
}


# A fault or a text kept; answers as $reply makes it.
sub sms_take ($c, $from, $to, $text, $reply) {
    my $fault = fault('sms', "$to $text");
    my $take = sub {
        keep({ kind => 'sms', from => $from, to => [$to], text => $text,
               headers => [ map { [ $_, $c->req->headers->header($_) ] }
                            @{ $c->req->headers->names } ] })
    };
    my $message = !$fault || $fault->{keep}
                  || !($fault->{status} || $fault->{drop} || $fault->{hang})
                  ? $take->() : undef;
    my $tx = $c->render_later->tx;
    my $go = sub {
        if ($fault && $fault->{drop}) {
            Mojo::IOLoop->remove($tx->connection);

        } elsif ($fault && $fault->{status}) {
            $c->res->headers->header('Retry-After' => $fault->{retry_after})
                if defined $fault->{retry_after};
            $c->render(json => $fault->{json}
                       // { code => 20500, message => 'A fault on demand.',
                            status => $fault->{status} },
                       status => $fault->{status});

        } elsif (!$fault || !$fault->{hang}) {
            $reply->($message);
        }

        undef $tx;
    };

    return push @held, $go if $fault && $fault->{hold};
    return $fault && $fault->{delay_ms}
        ? Mojo::IOLoop->timer($fault->{delay_ms} / 1000 => $go) : $go->();
}


# Twilio's shape: form fields in, JSON out, Basic authentication.
$r->post('/2010-04-01/Accounts/#account/Messages.json' => sub ($c) {
    my $userinfo = $c->req->url->to_abs->userinfo // '';

    return sms_refused($c, 401, 20003, 'Authenticate')
        if $userinfo ne "$option{user}:$option{password}"
           || $c->param('account') ne $option{user};

    my $form = $c->req->body_params;
    my ($from, $to, $body) = map { $form->param($_) // '' } qw(From To Body);

    return sms_refused($c, 400, 21604, "A 'To' phone number is required.")
        if $to eq '';
    return sms_refused($c, 400, 21211, "Invalid 'To' Phone Number: $to")
        if $to !~ /^\+[1-9]\d{6,14}$/;
    return sms_refused($c, 400, 21603, "A 'From' phone number is required.")
        if $from eq '' && !$form->param('MessagingServiceSid');
    return sms_refused($c, 400, 21602, 'Message body is required.')
        if $body eq '';
    return sms_refused($c, 400, 21617, 'The concatenated message body exceeds '
                       . 'the 1600 character limit.') if length $body > 1600;

    sms_take($c, $from, $to, $body, sub ($message) {
        $c->render(status => 201, json => {
            sid => sprintf('SM%032x', $message->{id}), status => 'queued',
            account_sid => $option{user}, from => $from, to => $to,
            body => $body, num_media => '0', direction => 'outbound-api',
            api_version => '2010-04-01', error_code => undef,
            error_message => undef,
        });
    });
});

# How an account is, in the same shape: what is asked of it sends nothing. It
# knows no other account, and says so as to a wrong token.
$r->get('/2010-04-01/Accounts/<#account>.json' => sub ($c) {
    my $userinfo = $c->req->url->to_abs->userinfo // '';
    my $fault = fault('ask');

    return $c->render(json => $fault->{json} // { code => 20500,
                      message => 'A fault on demand.',
                      status => $fault->{status} }, status => $fault->{status})
        if $fault;
    return sms_refused($c, 401, 20003, 'Authenticate')
        if $userinfo ne "$option{user}:$option{password}"
           || $c->param('account') ne $option{user};

    $c->render(json => { sid => $option{user}, friendly_name => $option{name},
                         status => $option{account}, type => 'Full' });
});

# The generic one takes a POST alone; who it is comes first.
$r->get('/sms' => sub ($c) {
    my $token = $c->req->headers->authorization // '';

    return $c->render(json => { error => 'unauthorised' }, status => 401)
        if $token ne "Bearer $option{password}";

    $c->res->headers->allow('POST');
    $c->render(json => { error => 'POST was expected' }, status => 405);
});

# A generic provider: {"from", "to", "text"} with a bearer token.
$r->post('/sms' => sub ($c) {
    my $token = $c->req->headers->authorization // '';

    return $c->render(json => { error => 'unauthorised' }, status => 401)
        if $token ne "Bearer $option{password}";

    my $data = eval { decode_json($c->req->body) };

    return $c->render(json => { error => 'from, to and text are needed' },
                      status => 422)
        if ref $data ne 'HASH' || !length($data->{to} // '')
           || !length($data->{text} // '');

    sms_take($c, $data->{from} // '', $data->{to}, $data->{text},
             sub ($message) {
        $c->render(json => { id => "m$message->{id}", accepted => true },
                   status => 202);
    });
});


# --- JSON ---


my @FILTER = qw(kind to subject text since);

sub filter_of ($c) {
    return { map { $_ => scalar $c->param($_) }
             grep { defined $c->param($_) } @FILTER };
}


sub public ($message, $raw) {
    my %m = %$message;

    delete $m{raw} if !$raw;

    return \%m;
}


sub answer_messages ($c) {
    $c->render(json => {
        messages => [ map { public($_, $c->param('raw')) }
                      matching(filter_of($c)) ],
        count => $count,
    });
}

$r->get('/api/messages' => \&answer_messages);

# Answers once `count` messages (1) match the filter, or after `timeout`
# seconds (5), with what there is.
$r->get('/api/wait' => sub ($c) {
    my $wanted = $c->param('count') // 1;
    my $timeout = $c->param('timeout') // 5;
    my $filter = filter_of($c);
    my $tx = $c->render_later->tx;
    my ($timer, $answered);
    my $check = sub {
        return 1 if $answered;
        return 0 if matching($filter) < $wanted;

        $answered = 1;
        Mojo::IOLoop->remove($timer) if $timer;
        answer_messages($c);
        undef $tx;
        return 1;
    };

    return if $check->();

    $c->inactivity_timeout($timeout + 10);
    $timer = Mojo::IOLoop->timer($timeout => sub {
        return if $answered;
        $answered = 1;
        answer_messages($c);
        undef $tx;
    });
    push @waiting, $check;
});

$r->delete('/api/messages' => sub ($c) {
    @messages = ();
    $c->render(json => { ok => true });
});

$r->get('/api/messages/:id/raw' => sub ($c) {
    my ($message) = grep { $_->{id} eq $c->param('id') } @messages;

    return $c->render(json => { error => 'no such message' }, status => 404)
        if !$message || !defined $message->{raw};

    $c->render(data => $message->{raw}, format => 'txt');
});

$r->post('/api/faults' => sub ($c) {
    my $data = eval { decode_json($c->req->body) };

    return $c->render(json => { error => 'at: mail, rcpt, data, dot, connect, '
                                . 'sms or ask was expected' }, status => 400)
        if ref $data ne 'HASH'
           || ($data->{at} // '') !~ /^(?:mail|rcpt|data|dot|connect|sms|ask)$/;

    push @faults, { %$data, times => $data->{times} // 1, met => 0 };
    $c->render(json => { faults => scalar @faults });
});

$r->get('/api/faults' => sub ($c) { $c->render(json => \@faults) });

$r->post('/api/release' => sub ($c) {
    $_->() for splice @held;
    $c->render(json => { ok => true });
});

$r->delete('/api/faults' => sub ($c) {
    @faults = ();
    $c->render(json => { ok => true });
});

$r->get('/api/stats' => sub ($c) {
    $c->render(json => { %stats, count => $count, held => scalar @held });
});


# --- the page ---


my $PAGE = <<'HTML';
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%s</title>
<style>
:root{color-scheme:light dark;--ink:#1d2521;--soft:#5d6963;--line:#dde2de;
--bg:#f1f3f0;--card:#fff;--sms:#2f6b57;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e8ece9;--soft:#9fada6;
--line:#38423d;--bg:#161b18;--card:#212824;--sms:#79c3a8;--on:#0d1512}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:30rem;min-height:100vh;font:15px/1.5 system-ui,
"Noto Sans",sans-serif;background:var(--bg);color:var(--ink)}
header{position:sticky;top:0;padding:.75rem 1rem;background:var(--card);
border-bottom:1px solid var(--line);display:flex;gap:1rem;align-items:center}
h1{font-size:1.05rem;margin:0;margin-inline-end:auto}
p.none{padding:2rem 1rem;color:var(--soft);text-align:center}
article,details{margin:.6rem;background:var(--card);border-radius:.8rem;
border:1px solid var(--line);overflow:hidden}
summary{padding:.7rem .9rem;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
.top{display:flex;gap:.5rem;color:var(--soft);font-size:.85rem}
.top b{margin-inline-end:auto;color:var(--ink);overflow-wrap:anywhere}
.subject{font-weight:600;overflow-wrap:anywhere}
.preview{color:var(--soft);overflow:hidden;text-overflow:ellipsis;
white-space:nowrap}
iframe{display:block;width:100%%;height:32rem;border:0;
border-top:1px solid var(--line);background:#fff}
pre{margin:0;padding:.8rem .9rem;white-space:pre-wrap;overflow-wrap:anywhere;
font:13px/1.5 ui-monospace,monospace;border-top:1px solid var(--line)}
details details{margin:0;border:0;border-top:1px solid var(--line);
border-radius:0}
details details summary{font-size:.85rem;color:var(--soft)}
article{border:0;background:none;padding:0 .3rem}
.bubble{display:inline-block;padding:.6rem .9rem;border-radius:1.1rem;
border-end-start-radius:.2rem;background:var(--sms);color:var(--on);
white-space:pre-wrap;overflow-wrap:anywhere}
.bubble a{color:inherit}
</style>
</head>
<body>
<header><h1>%s</h1><span id="n">%d</span></header>
<main>
%s
</main>
<script>
(function wait(seen) {
    fetch("api/wait?timeout=25&since=" + seen)
        .then(function (r) { return r.json(); })
        .then(function (r) {
            if (r.count > seen) { location.reload(); } else { wait(seen); }
        })
        .catch(function () { setTimeout(wait, 2000, seen); });
})(%d);
</script>
</body>
</html>
HTML


sub page_time ($message) {
    my @t = localtime $message->{at};

    return sprintf '%02d:%02d', @t[2, 1];
}


sub page_mail ($m, $open) {
    my ($from) = map { $_->[1] } grep { lc $_->[0] eq 'from' }
                 @{ $m->{headers} };
    my $text = $m->{text} // '';
    my $preview = substr $text =~ s/\s+/ /gr, 0, 120;
    my $body = defined $m->{html}
        ? qq(<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" )
          . qq(title="The message" srcdoc=")
          . xml_escape(qq(<base target="_blank">$m->{html})) . qq("></iframe>\n)
        : '';
    my $headers = join "\n", map { "$_->[0]: " . ($_->[1] // '') }
                  @{ $m->{headers} };

    return '<details' . ($open ? ' open' : '') . '><summary><span class="top">'
        . '<b>' . xml_escape($from // $m->{from}) . '</b><span>'
        . page_time($m) . "</span></span>\n" . '<span class="subject">'
        . xml_escape($m->{subject}) . qq(</span>\n<div class="preview">)
        . xml_escape($preview) . "</div></summary>\n$body"
        . '<details' . (defined $m->{html} ? '' : ' open')
        . '><summary>Text</summary><pre>' . xml_escape($text)
        . "</pre></details>\n<details><summary>Headers</summary><pre>"
        . xml_escape("To: @{ $m->{to} } (envelope)\n$headers")
        . "</pre></details></details>\n";
}


sub page_sms ($m) {
    my $text = xml_escape($m->{text});

    $text =~ s{(https?://[^\s<>"]+)}{<a href="$1">$1</a>}g;

    return '<article><span class="top"><b>' . xml_escape($m->{from})
        . ' to ' . xml_escape($m->{to}[0]) . '</b><span>' . page_time($m)
        . qq(</span></span>\n<div class="bubble">$text</div></article>\n);
}


$r->get('/' => sub ($c) {
    my @newest = reverse matching(filter_of($c));
    my $first = 1;
    my $list = join '', map {
        $_->{kind} eq 'sms' ? page_sms($_)
                            : page_mail($_, $first && do { $first = 0; 1 })
    } @newest;

    $c->render(text => sprintf($PAGE, (xml_escape($option{name})) x 2,
                               scalar @newest,
                               $list || '<p class="none">No message yet.</p>',
                               $count),
               format => 'html');
});


my $daemon = Mojo::Server::Daemon->new(
    app => $app, listen => ["http://$option{listen}"], silent => 1,
    max_requests => 0xffffff,
);

my $stop = sub { Mojo::IOLoop->stop };
local $SIG{TERM} = $stop;
local $SIG{INT}  = $stop;

$daemon->run;
